"""The events of chat and of text completions, as one: what is said in which channel, and events that say it."""

from typing import Any, Final, Protocol

from msgspec import Struct

from zaffre.core.chat import (
    Carried,
    Chunk,
    ChunkChoice,
    Delta,
    FunctionFragment,
    TextChoice,
    TextCompletion,
    ToolCallFragment,
    Usage,
)
from zaffre.core.screening import Offsets, Results, ScreenedChunkChoice, ScreenedTextChoice

_CHANNELS: Final = ("reasoning_content", "content", "refusal")
_CALL: Final = "tool call "
"""How the channel of a call's arguments begins; then comes the call's index."""


class Said(Struct):
    """A text in one of a choice's channels, and the log probabilities that came with it."""

    channel: str
    text: str
    logprobs: Carried | None = None

    @property
    def is_prose(self) -> bool:
        """Whether parts of it may be masked. Arguments are data: masked, they might mean something else, or nothing."""
        return not self.channel.startswith(_CALL)


class Dialect(Protocol):
    """One kind of events."""

    def said(self, choice: Any) -> list[Said]:
        """The texts of a choice."""
        ...

    def arguments(self, choice: Any) -> list[Said]:
        """The arguments of tool calls in it, each call's in a channel of its own. They stand after all else."""
        ...

    def others(self, choice: Any) -> Any | None:
        """The same without texts, arguments and finish reason; None where nothing is left."""
        ...

    def going_on(self, choice: Any) -> Any | None:
        """The same without its finish reason; None where nothing is left."""
        ...

    def tells(self, others: Any) -> bool:
        """Whether they say something, in their place among the texts."""
        ...

    def choice(self, index: int, said: Said, results: Results) -> Any: ...

    def finish(self, index: int, reason: str, results: Results, logprobs: Carried | None = None) -> Any: ...

    def note(self, index: int, results: Results, offsets: Offsets) -> Any:
        """What was found in a text that has been shown."""
        ...

    def event(self, choices: list[Any], usage: Usage | None = None) -> Any: ...


class Chats:
    """Of chat. Sound and sources are no text to be checked."""

    def said(self, choice: ChunkChoice) -> list[Said]:
        delta = choice.delta
        said = [Said(channel, text) for channel in _CHANNELS if (text := getattr(delta, channel))]
        if said:
            said[-1].logprobs = choice.logprobs
        return said

    def arguments(self, choice: ChunkChoice) -> list[Said]:
        return [
            Said(f"{_CALL}{call.index}", text) for call in choice.delta.tool_calls or () if (text := _written(call))
        ]

    def others(self, choice: ChunkChoice) -> ChunkChoice | None:
        delta = choice.delta
        calls = [_opening(call) for call in delta.tool_calls or () if not _only_goes_on(call)]
        rest = ChunkChoice(Delta(None, calls or None, audio=delta.audio, annotations=delta.annotations), choice.index)
        if self.tells(rest):
            return rest
        said = choice.finish_reason is not None or self.said(choice) or self.arguments(choice)
        return None if said else choice

    def going_on(self, choice: ChunkChoice) -> ChunkChoice | None:
        texts = self.said(choice)
        if not texts and not self.tells(choice):
            return None
        return ChunkChoice(choice.delta, choice.index, None, choice.logprobs if texts else None)

    def tells(self, others: ChunkChoice) -> bool:
        delta = others.delta
        return bool(delta.tool_calls or delta.audio or delta.annotations)

    def choice(self, index: int, said: Said, results: Results) -> ChunkChoice:
        delta = Delta()
        if said.channel.startswith(_CALL):
            number = int(said.channel.removeprefix(_CALL))
            delta.tool_calls = [ToolCallFragment(number, None, FunctionFragment(None, said.text))]
        else:
            setattr(delta, said.channel, said.text)
        return ScreenedChunkChoice(delta, index, None, said.logprobs, results=results)

    def finish(self, index: int, reason: str, results: Results, logprobs: Carried | None = None) -> ChunkChoice:
        return ScreenedChunkChoice(Delta(), index, reason, logprobs, results=results)

    def note(self, index: int, results: Results, offsets: Offsets) -> ChunkChoice:
        return ScreenedChunkChoice(Delta(), index, results=results, offsets=offsets)

    def event(self, choices: list[ChunkChoice], usage: Usage | None = None) -> Chunk:
        return Chunk(choices, usage)


def _written(call: ToolCallFragment) -> str | None:
    return None if call.function is None else call.function.arguments


def _only_goes_on(call: ToolCallFragment) -> bool:
    """Whether it says more arguments of a call, and nothing else."""
    return bool(_written(call)) and call.id is None and call.function is not None and call.function.name is None


def _opening(call: ToolCallFragment) -> ToolCallFragment:
    """The same without its arguments."""
    function = call.function
    return call if function is None else ToolCallFragment(call.index, call.id, FunctionFragment(function.name, ""))


class Texts:
    """Of text completions."""

    def said(self, choice: TextChoice) -> list[Said]:
        return [Said("text", choice.text, choice.logprobs)] if choice.text else []

    def arguments(self, choice: TextChoice) -> list[Said]:
        return []

    def others(self, choice: TextChoice) -> TextChoice | None:
        return choice if not choice.text and choice.finish_reason is None else None

    def going_on(self, choice: TextChoice) -> TextChoice | None:
        return TextChoice(choice.text, choice.index, None, choice.logprobs) if choice.text else None

    def tells(self, others: TextChoice) -> bool:
        return False

    def choice(self, index: int, said: Said, results: Results) -> TextChoice:
        return ScreenedTextChoice(said.text, index, None, said.logprobs, results=results)

    def finish(self, index: int, reason: str, results: Results, logprobs: Carried | None = None) -> TextChoice:
        return ScreenedTextChoice("", index, reason, logprobs, results=results)

    def note(self, index: int, results: Results, offsets: Offsets) -> TextChoice:
        return ScreenedTextChoice("", index, results=results, offsets=offsets)

    def event(self, choices: list[TextChoice], usage: Usage | None = None) -> TextCompletion:
        return TextCompletion(choices, usage)
