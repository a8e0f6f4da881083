"""Streams as the surfaces write them, whatever the backend sent.

The published SDK reads nothing but `data: {json}` lines, takes the role from the first chunk alone, wants string
content in every later one, and usage on the chunk that has the finish_reason. So every event is written anew.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import UNSET

from zaffre.api.wire import (
    WireTextChoice,
    WireTextCompletion,
    answer_id,
    now,
    wire_usage,
)
from zaffre.core.chat import (
    Carried,
    Chunk,
    ChunkChoice,
    StreamOptions,
    TextCompletion,
    TextRun,
    ToolCallFragment,
    Usage,
)
from zaffre.core.errors import Cut, GatewayError
from zaffre.core.flow import Flow
from zaffre.net.http import Hangup

E = TypeVar("E", bound=Chunk | TextCompletion)

logger = logging.getLogger(__name__)

_encode: Final = msgspec.json.Encoder().encode
_encode_lines: Final = msgspec.json.Encoder().encode_lines
_DONE: Final = b"data: [DONE]\n\n"


class StreamWriter(Protocol[E]):
    """Turns a backend's events into the bytes of one stream."""

    def write(self, events: list[E]) -> bytes: ...

    def end(self) -> bytes: ...

    def failed(self, error: GatewayError) -> bytes:
        """What is said of a failure after the stream has begun; b"" where only a broken connection tells."""
        ...


def written(events: AsyncGenerator[list[E], None], writer: StreamWriter[E]) -> AsyncGenerator[bytes, None]:
    """The stream's bytes, one piece for what arrived together.

    Raises, on its way:
        Hangup: the backend failed, and a broken connection is the only sign that this surface has for it by now.
    """
    return _Written(events, writer) if isinstance(events, Flow) else _written(events, writer)


class _Written(Flow[bytes], Generic[E]):
    """Of a stream that flows."""

    __slots__ = ("_ended", "_events", "_writer", "more")

    def __init__(self, events: Flow[list[E]], writer: StreamWriter[E]) -> None:
        self._events = events
        self._writer = writer
        self._ended = False
        self.more = True

    def take(self) -> bytes | None:
        if self._ended:
            raise StopAsyncIteration
        try:
            while (batch := self._events.take()) is not None:
                self.more = self._events.more
                piece = self._writer.write(batch)
                if piece or not self.more:
                    return piece
        except StopAsyncIteration:
            self._ended = self.more = True
            return self._writer.end()
        except GatewayError as error:
            self._ended = self.more = True
            return _last_words(error, self._writer)
        return None

    def listen(self, news: Callable[[], None] | None) -> None:
        self._events.listen(news)

    def close(self) -> None:
        self._ended = True
        self._events.close()


async def _written(events: AsyncGenerator[list[E], None], writer: StreamWriter[E]) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(events):
            async for batch in events:
                piece = writer.write(batch)
                if piece:
                    yield piece
    except GatewayError as error:
        yield _last_words(error, writer)
        return
    yield writer.end()


def _last_words(error: GatewayError, writer: StreamWriter[E]) -> bytes:
    """What is said of a failure on the way. Raises Hangup."""
    if isinstance(error, Cut):
        raise Hangup from None
    # Quoted: the words may be an upstream's, line ends included.
    logger.warning("A stream broke after it had begun: %.300r (%s).", error.message, error.code)
    last_words = writer.failed(error)
    if not last_words:
        raise Hangup from None
    return last_words


class ChatWriter(ABC):
    """What the surfaces' chat streams have in common: nearly every event is plain text of the first choice."""

    def __init__(self, unique: str, model: str, options: StreamOptions | None, *, nulls: bool = False) -> None:
        """
        Args:
            unique: the stream's id.
            options: where they ask for the usage, it comes in a last chunk without choices.
            nulls: the usage is null, rather than missing, in chunks before the one that brings it, if it was asked for.
        """
        head = {"id": unique, "object": "chat.completion.chunk", "created": now(), "model": model}
        self._head = b"data: " + _encode(head)[:-1]
        self._usage_asked = options is not None and options.include_usage is True
        self._tail = b',"usage":null}\n\n' if nulls and self._usage_asked else b"}\n\n"
        self._before_text = self._head + b',"choices":[{"index":0,"delta":{"content":'
        self._after_text = b'},"finish_reason":null,"logprobs":null}]' + self._tail
        self._between_texts = self._after_text + self._before_text
        self._between_pieces = b'"' + self._between_texts + b'"'
        self._usage: Usage | None = None
        self._begun: set[int] = set()
        self._finished: dict[int, tuple[str | None, Carried | None]] = {}

    def write(self, events: list[Chunk]) -> bytes:
        out: list[bytes] = []
        texts: list[str] = []
        for event in events:
            if type(event) is TextRun:
                if texts:
                    out += self._plain(texts)
                out += self._run(event)
                continue
            if event.usage is not None:
                self._usage = event.usage
            for choice in event.choices:
                delta = choice.delta
                # Nearly every event is plain text.
                if (
                    delta.content
                    and choice.index == 0
                    and choice.finish_reason is None
                    and choice.logprobs is None
                    and delta.tool_calls is None
                    and delta.reasoning_content is None
                    and delta.refusal is None
                    and delta.audio is None
                    and delta.annotations is None
                ):
                    texts.append(delta.content)
                else:
                    if texts:
                        out += self._plain(texts)
                    out += self._others(choice)
        if texts:
            out += self._plain(texts)
        return b"".join(out)

    def _plain(self, texts: list[str]) -> list[bytes]:
        """The chunks of the first choice's texts that came one after another, and the list emptied."""
        out = [] if 0 in self._begun else [self._first(0)]
        # All of them are encoded in one go; a JSON string holds no line end, so the line ends are the gaps.
        lines = _encode_lines(texts)[:-1].replace(b"\n", self._between_texts)
        out += [self._before_text, lines, self._after_text]
        texts.clear()
        return out

    def _run(self, run: TextRun) -> list[bytes]:
        """The chunks of a run of texts, each as its server wrote it."""
        out = [] if 0 in self._begun else [self._first(0)]
        return [*out, self._before_text, b'"', self._between_pieces.join(run.pieces), b'"', self._after_text]

    def _first(self, index: int) -> bytes:
        self._begun.add(index)
        return self._chunk(index, {"role": "assistant", "content": ""})

    def _others(self, choice: ChunkChoice) -> list[bytes]:
        """All but plain text: reasoning, refusals, sound, log probabilities, other choices, tool calls, the finish."""
        out = [] if choice.index in self._begun else [self._first(choice.index)]
        delta = self._delta(choice)
        logprobs = choice.logprobs if choice.finish_reason is None else None
        if delta or logprobs is not None:
            out.append(self._chunk(choice.index, delta, logprobs=logprobs))
        for fragment in choice.delta.tool_calls or ():
            out += self._called(choice.index, fragment)
        if choice.finish_reason is not None:
            self._finished[choice.index] = (choice.finish_reason, choice.logprobs)
            rest = self._calls_over(choice.index)
            # A call in whose middle the answer was stopped is not said to be whole.
            out += rest if choice.finish_reason != "content_filter" else []
        return out

    def _delta(self, choice: ChunkChoice) -> dict[str, Any]:
        """What is new of a choice, its tool calls apart."""
        said = choice.delta
        names = ("content", "reasoning_content", "refusal", "audio", "annotations")
        return {name: value for name in names if (value := getattr(said, name))}

    @abstractmethod
    def _called(self, index: int, fragment: ToolCallFragment) -> list[bytes]:
        """The chunks for a fragment of a choice's tool call."""

    @abstractmethod
    def _calls_over(self, index: int) -> list[bytes]:
        """The chunks for what is left to say of a choice's tool calls, when no more of them comes."""

    @abstractmethod
    def end(self) -> bytes:
        """What is left to say, the finish chunks, the usage, and the end mark."""

    def failed(self, error: GatewayError) -> bytes:
        """Nothing: the published SDK of the Inference API notices no other sign than a broken connection."""
        return b""

    def _usage_last(self) -> list[bytes]:
        """The chunk that brings the usage, where it was asked for, and the end mark."""
        if not self._usage_asked:
            return [_DONE]
        return [self._head, b',"choices":[],"usage":', _encode(wire_usage(self._usage or Usage())), b"}\n\n", _DONE]

    def _chunk(
        self,
        index: int,
        delta: dict[str, Any],
        finish: str | None = None,
        logprobs: Carried | None = None,
        usage: Any = UNSET,
    ) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        tail = self._tail if usage is UNSET else b',"usage":' + _encode(usage) + b"}\n\n"
        return self._head + b',"choices":[' + _encode(choice) + b"]" + tail


class TextStream:
    """The writer of one text completion's stream."""

    def __init__(
        self, model: str, options: StreamOptions | None, unique: str | None = None, *, unasked: bool = True
    ) -> None:
        """
        Args:
            options: where they ask for the usage, it comes in a last event without choices.
            unique: the stream's id.
            unasked: where they do not, it rides on the last event.
        """
        self._id, self._created, self._model = unique or answer_id(), now(), model
        self._usage_asked = options is not None and options.include_usage is True
        self._rides = unasked and not self._usage_asked
        self._usage: Usage | None = None
        self._begun: set[int] = set()
        self._finished: dict[int, str] = {}

    def write(self, events: list[TextCompletion]) -> bytes:
        out = []
        for event in events:
            self._usage = event.usage or self._usage
            for choice in event.choices:
                self._begun.add(choice.index)
                if choice.finish_reason is not None:
                    self._finished[choice.index] = choice.finish_reason
                if choice.text or choice.logprobs is not None:
                    out.append(self._event([WireTextChoice(choice.index, choice.text, None, choice.logprobs)]))
        return b"".join(out)

    def end(self) -> bytes:
        usage = wire_usage(self._usage or Usage())
        out = []
        indexes = sorted(self._begun or {0})
        for index in indexes:
            finish = WireTextChoice(index, "", self._finished.get(index, "stop"), None)
            out.append(self._event([finish], usage if index == indexes[-1] and self._rides else UNSET))
        if self._usage_asked:
            out.append(self._event([], usage))
        return b"".join([*out, _DONE])

    def failed(self, error: GatewayError) -> bytes:
        """As of `ChatWriter`."""
        return b""

    def _event(self, choices: list[WireTextChoice], usage: Any = UNSET) -> bytes:
        event = WireTextCompletion(self._id, "text_completion", self._created, self._model, choices, usage)
        return b"data: " + _encode(event) + b"\n\n"
