"""What llama.cpp says, event by event, as the gateway's values; and what its refusals mean."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import (
    ChatRequest,
    Chunk,
    ChunkChoice,
    CompletionRequest,
    Delta,
    FunctionFragment,
    TextChoice,
    TextCompletion,
    ToolCallFragment,
    Usage,
)
from zaffre.core.errors import (
    BadRequest,
    Complaint,
    ContextOverflow,
    GatewayError,
    InvalidParameters,
    UpstreamError,
)
from zaffre.engine.local.llama import Refused
from zaffre.engine.local.prompt import Ask

_TOO_LONG: Final = "exceed_context_size_error"
_CALLERS_FAULT: Final = 400
_NOTHING: Final = Raw()
_NO_LOGPROBS: Final = (_NOTHING, Raw(b"null"))


class EngineError(Struct):
    """An error as llama.cpp's server writes it."""

    code: int = 500
    type: str = ""
    message: str = ""
    n_prompt_tokens: int | None = None
    n_ctx: int | None = None


class _ChatPiece(Struct):
    delta: Delta
    finish_reason: str | None = None
    logprobs: Raw = _NOTHING


class _ChatEvent(Struct):
    choices: list[_ChatPiece] = []
    usage: Usage | None = None
    error: EngineError | None = None


class _TextPiece(Struct):
    text: str
    finish_reason: str | None = None


class _TextEvent(Struct):
    choices: list[_TextPiece] = []
    usage: Usage | None = None
    error: EngineError | None = None


class _WrittenCall(Struct):
    """A tool call as `forced_call` has it written."""

    name: str
    arguments: Raw


_chat_event: Final = msgspec.json.Decoder(_ChatEvent)
_text_event: Final = msgspec.json.Decoder(_TextEvent)
_written_call: Final = msgspec.json.Decoder(_WrittenCall)


E = TypeVar("E", Chunk, TextCompletion)


class Run(ABC, Generic[E]):
    """One run of the model: its events in, its answer's pieces out."""

    def __init__(self, ask: Ask, index: int) -> None:
        """
        Args:
            ask: what was asked of the model.
            index: of the choice that the run makes.
        """
        self.ask = ask
        self._index = index
        self._finish: str | None = None
        self._usage = Usage()

    @property
    def usage(self) -> Usage:
        """Tokens, as the engine counted them."""
        counted = self._usage
        prompt = 0 if self.ask.again else counted.prompt_tokens
        completion = 0 if self.ask.silent else counted.completion_tokens
        if (prompt, completion) == (counted.prompt_tokens, counted.completion_tokens):
            return counted
        return Usage(prompt, completion, prompt + completion)

    @abstractmethod
    def read(self, events: Iterable[bytes]) -> list[E]:
        """The pieces of these events; none, if they say nothing.

        Raises:
            ContextOverflow, BadRequest, UpstreamError: why the model does not answer.
        """

    @abstractmethod
    def end(self) -> list[E]:
        """What closes the choice, once the events have ended.

        Raises:
            UpstreamError: they ended without an end.
        """

    def _ended(self) -> str:
        if self._finish is None:
            raise UpstreamError("The model stopped in the middle of its answer.")
        return self._finish


class ChatRun(Run[Chunk]):
    """A run that chats."""

    def __init__(self, ask: Ask, index: int) -> None:
        super().__init__(ask, index)
        self._written: list[str] = []

    def read(self, events: Iterable[bytes]) -> list[Chunk]:
        chunks: list[Chunk] = []
        for data in events:
            event = _chat_event.decode(data)
            if event.error is not None:
                raise failure(event.error, "messages")
            self._usage = event.usage or self._usage
            for choice in event.choices:
                self._finish = choice.finish_reason or self._finish
                if self._shows(choice.delta):
                    logprobs = None if choice.logprobs in _NO_LOGPROBS else choice.logprobs
                    chunks.append(Chunk([ChunkChoice(choice.delta, self._index, None, logprobs)]))
        return chunks

    def end(self) -> list[Chunk]:
        finish = self._ended()
        rest: Delta | None = None
        if self.ask.calls:
            rest, finish = _told("".join(self._written), finish)
        last = ChunkChoice(Delta(), self._index, finish)
        return [Chunk([ChunkChoice(rest, self._index)]), Chunk([last])] if rest else [Chunk([last])]

    def _shows(self, delta: Delta) -> bool:
        if self.ask.silent:
            return False
        if self.ask.calls:
            self._written.append(delta.content or "")
            return False
        return bool(delta.content or delta.tool_calls or delta.reasoning_content)


class TextRun(Run[TextCompletion]):
    """A run that completes a text."""

    def read(self, events: Iterable[bytes]) -> list[TextCompletion]:
        pieces: list[TextCompletion] = []
        for data in events:
            event = _text_event.decode(data)
            if event.error is not None:
                raise failure(event.error, "prompt")
            self._usage = event.usage or self._usage
            for choice in event.choices:
                self._finish = choice.finish_reason or self._finish
                if choice.text and not self.ask.silent:
                    pieces.append(TextCompletion([TextChoice(choice.text, self._index)]))
        return pieces

    def end(self) -> list[TextCompletion]:
        return [TextCompletion([TextChoice("", self._index, self._ended())])]


def failure(error: EngineError, param: str) -> GatewayError:
    """The error that the caller gets. `param` is the field that holds the text."""
    if error.type == _TOO_LONG:
        asked = f"; the request has {error.n_prompt_tokens}" if error.n_prompt_tokens else ""
        return ContextOverflow(f"The model's context holds {error.n_ctx} tokens{asked}.", param=param)
    if error.code == _CALLERS_FAULT:
        return BadRequest(error.message)
    return UpstreamError("The model failed to answer.")


def refusal(refused: Refused, request: ChatRequest | CompletionRequest) -> GatewayError:
    """Why llama.cpp would not begin: a schema that it cannot follow, or something else in the request."""
    for name in ("response_format", "tools"):
        if raw := request.fields.get(name):
            return InvalidParameters([Complaint("value_error", ["body", name], str(refused), raw)])
    return BadRequest(str(refused))


def plus(first: Usage | None, second: Usage) -> Usage:
    """The tokens of several runs."""
    if first is None:
        return second
    prompt = first.prompt_tokens + second.prompt_tokens
    completion = first.completion_tokens + second.completion_tokens
    return Usage(prompt, completion, prompt + completion)


def _told(text: str, finish: str) -> tuple[Delta, str]:
    """The tool call that the text is, or the text where it was cut before it became one."""
    try:
        call = _written_call.decode(text)
    except msgspec.MsgspecError:
        return Delta(text), finish
    function = FunctionFragment(call.name, bytes(call.arguments).decode())
    return Delta(tool_calls=[ToolCallFragment(0, f"call_{secrets.token_hex(12)}", function)]), "tool_calls"
