"""A whole answer out of a stream's pieces."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from zaffre.core.chat import (
    AnswerMessage,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    FunctionCall,
    TextChoice,
    TextCompletion,
    ToolCall,
    ToolCallFragment,
    Usage,
)


class _Gathered(Struct):
    """One choice so far."""

    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: dict[int, ToolCall] = field(default_factory=dict)
    logprobs: list[Any] = field(default_factory=list)
    finish: str | None = None

    def add(self, piece: ChunkChoice) -> None:
        self.content.append(piece.delta.content or "")
        self.reasoning.append(piece.delta.reasoning_content or "")
        self.finish = piece.finish_reason or self.finish
        for fragment in piece.delta.tool_calls or ():
            self._add_call(fragment)
        if piece.logprobs is not None:
            self.logprobs += msgspec.json.decode(msgspec.json.encode(piece.logprobs)).get("content") or ()

    def _add_call(self, fragment: ToolCallFragment) -> None:
        call = self.calls.setdefault(fragment.index, ToolCall("", FunctionCall("", "")))
        call.id = fragment.id or call.id
        if fragment.function:
            call.function.name += fragment.function.name or ""
            call.function.arguments += fragment.function.arguments or ""

    def choice(self, index: int) -> Choice:
        content = "".join(self.content)
        message = AnswerMessage(
            None if self.calls and not content else content,
            [self.calls[place] for place in sorted(self.calls)] or None,
            "".join(self.reasoning) or None,
        )
        logprobs = Raw(msgspec.json.encode({"content": self.logprobs})) if self.logprobs else None
        return Choice(message, index, self.finish, logprobs)


async def whole_chat(stream: AsyncGenerator[list[Chunk], None]) -> Completion:
    """The answer that the stream's chunks make. Raises what the stream raises."""
    choices: dict[int, _Gathered] = {}
    usage: Usage | None = None
    async with aclosing(stream):
        async for chunks in stream:
            for chunk in chunks:
                usage = chunk.usage or usage
                for piece in chunk.choices:
                    choices.setdefault(piece.index, _Gathered()).add(piece)
    return Completion([choices[index].choice(index) for index in sorted(choices)], usage)


async def whole_text(stream: AsyncGenerator[list[TextCompletion], None]) -> TextCompletion:
    """The completion that the stream's pieces make. Raises what the stream raises."""
    choices: dict[int, TextChoice] = {}
    usage: Usage | None = None
    async with aclosing(stream):
        async for pieces in stream:
            for piece in pieces:
                usage = piece.usage or usage
                for part in piece.choices:
                    choice = choices.setdefault(part.index, TextChoice("", part.index))
                    choice.text += part.text
                    choice.finish_reason = part.finish_reason or choice.finish_reason
    return TextCompletion([choices[index] for index in sorted(choices)], usage)
