"""Streams as the Inference API writes them, whatever the backend sent.

The published SDK reads nothing but `data: {json}` lines, takes the role from the first chunk alone, wants string
content in every later one, and usage on the chunk that has the finish_reason. So every event is written anew.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from operator import itemgetter
from typing import Any, Final, Protocol, TypeVar

import msgspec
from msgspec import UNSET

from zaffre.api.wire import (
    WireFunction,
    WireTextChoice,
    WireTextCompletion,
    answer_id,
    finish_of,
    now,
    wire_usage,
)
from zaffre.core.chat import Carried, Chunk, ChunkChoice, StreamOptions, TextCompletion, ToolCallFragment, Usage
from zaffre.core.errors import Cut, GatewayError
from zaffre.net.http import Hangup

E = TypeVar("E", bound=Chunk | TextCompletion)

logger = logging.getLogger(__name__)

_encode: Final = msgspec.json.Encoder().encode
_encode_lines: Final = msgspec.json.Encoder().encode_lines
_DONE: Final = b"data: [DONE]\n\n"
_AFTER_TEXT: Final = b'},"finish_reason":null,"logprobs":null}]}\n\n'


class StreamWriter(Protocol[E]):
    """Turns a backend's events into the bytes of one stream."""

    def write(self, events: list[E]) -> bytes: ...

    def end(self) -> bytes: ...


async def written(events: AsyncGenerator[list[E], None], writer: StreamWriter[E]) -> AsyncGenerator[bytes, None]:
    """The stream's bytes, one piece for what arrived together.

    Raises:
        Hangup: the backend failed; a broken connection is the only sign that clients notice by now.
    """
    try:
        async with aclosing(events):
            async for batch in events:
                piece = writer.write(batch)
                if piece:
                    yield piece
    except Cut:
        raise Hangup from None
    except GatewayError as error:
        # Quoted: the words may be an upstream's, line ends included.
        logger.warning("A stream broke after it had begun: %.300r (%s).", error.message, error.code)
        raise Hangup from None
    yield writer.end()


class _Calls:
    """One choice's tool calls, gathered from fragments until each is whole."""

    def __init__(self) -> None:
        self.seen = 0
        self._open: list[tuple[int, list[str], str, str]] = []

    def take(self, fragment: ToolCallFragment) -> None:
        name = (fragment.function.name or "") if fragment.function else ""
        arguments = (fragment.function.arguments or "") if fragment.function else ""
        given = fragment.id or ""
        for place in reversed(range(len(self._open))):
            index, parts, call_id, called = self._open[place]
            if index == fragment.index:
                # Some upstreams number every call 0: a second name is a new call then. Others repeat the name with
                # the id, or make up an id for every fragment.
                if name and called and (not call_id or given not in ("", call_id)):
                    break
                parts.append(arguments)
                self._open[place] = (index, parts, call_id or given, called or name)
                return
        self._open.append((fragment.index, [arguments], given, name))

    def whole(self) -> list[dict[str, Any]]:
        """What has been gathered, each call in one piece, and the slate wiped. What has no name is no call."""
        calls = []
        for _, parts, call_id, name in filter(itemgetter(3), self._open):
            function = WireFunction(name, "".join(parts) or "{}")
            calls.append({"index": self.seen, "id": call_id or answer_id(), "type": "function", "function": function})
            self.seen += 1
        self._open.clear()
        return calls


class ChatStream:
    """The writer of one chat stream."""

    def __init__(self, model: str, options: StreamOptions | None) -> None:
        """
        Args:
            options: where they ask for the usage, it comes in a last chunk without choices.
        """
        head = {"id": answer_id(), "object": "chat.completion.chunk", "created": now(), "model": model}
        self._head = b"data: " + _encode(head)[:-1]
        self._before_text = self._head + b',"choices":[{"index":0,"delta":{"content":'
        self._between_texts = _AFTER_TEXT + self._before_text
        self._usage_asked = options is not None and options.include_usage is True
        self._usage: Usage | None = None
        self._begun: set[int] = set()
        self._calls: dict[int, _Calls] = {}
        self._finished: dict[int, tuple[str | None, Carried | None]] = {}

    def write(self, events: list[Chunk]) -> bytes:
        out: list[bytes] = []
        texts: list[str] = []
        for event in events:
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
                ):
                    texts.append(delta.content)
                else:
                    out += self._plain(texts)
                    out += self._others(choice)
        out += self._plain(texts)
        return b"".join(out)

    def _plain(self, texts: list[str]) -> list[bytes]:
        """The chunks of the first choice's texts that came one after another, and the list emptied."""
        if not texts:
            return []
        out = [] if 0 in self._begun else [self._first(0)]
        # All of them are encoded in one go; a JSON string holds no line end, so the line ends are the gaps.
        lines = _encode_lines(texts)[:-1].replace(b"\n", self._between_texts)
        out += [self._before_text, lines, _AFTER_TEXT]
        texts.clear()
        return out

    def _first(self, index: int) -> bytes:
        self._begun.add(index)
        return self._chunk(index, {"role": "assistant", "content": ""})

    def _others(self, choice: ChunkChoice) -> list[bytes]:
        """All but plain text: reasoning, refusals, log probabilities, further choices, tool calls, the finish."""
        delta = choice.delta
        fields: dict[str, Any] = {}
        if delta.reasoning_content:
            fields["reasoning_content"] = delta.reasoning_content
        if delta.refusal:
            fields["refusal"] = delta.refusal
        logprobs = choice.logprobs if choice.finish_reason is None else None
        out = [] if choice.index in self._begun else [self._first(choice.index)]
        if delta.content or fields or logprobs is not None:
            out.append(self._chunk(choice.index, {"content": delta.content or "", **fields}, logprobs=logprobs))
        for fragment in delta.tool_calls or ():
            self._calls.setdefault(choice.index, _Calls()).take(fragment)
        if choice.finish_reason is not None:
            self._finished[choice.index] = (choice.finish_reason, choice.logprobs)
            out += self._whole_calls(choice.index)
        return out

    def _whole_calls(self, index: int) -> list[bytes]:
        calls = self._calls.get(index)
        return [self._chunk(index, {"tool_calls": [call]}) for call in calls.whole()] if calls else []

    def end(self) -> bytes:
        """The calls still open, the finish chunks, the usage, and the end mark."""
        out = [] if self._begun else [self._first(0)]
        usage = wire_usage(self._usage or Usage())
        for index in sorted(self._begun):
            out += self._whole_calls(index)
        last = max(self._begun)
        for index in sorted(self._begun):
            reason, logprobs = self._finished.get(index, (None, None))
            called = index in self._calls and self._calls[index].seen > 0
            delta = {} if called else {"content": ""}
            rides = usage if index == last and not self._usage_asked else UNSET
            out.append(self._chunk(index, delta, finish_of(reason, called), logprobs, rides))
        if self._usage_asked:
            out.append(self._head + b',"choices":[],"usage":' + _encode(usage) + b"}\n\n")
        out.append(_DONE)
        return b"".join(out)

    def _chunk(
        self,
        index: int,
        delta: dict[str, Any],
        finish: str | None = None,
        logprobs: Carried | None = None,
        usage: Any = UNSET,
    ) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        tail = b"}\n\n" if usage is UNSET else b',"usage":' + _encode(usage) + b"}\n\n"
        return self._head + b',"choices":[' + _encode(choice) + b"]" + tail


class TextStream:
    """The writer of one text completion's stream."""

    def __init__(self, model: str, options: StreamOptions | None) -> None:
        """As of `ChatStream`."""
        self._id, self._created, self._model = answer_id(), now(), model
        self._usage_asked = options is not None and options.include_usage is True
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
            out.append(self._event([finish], usage if index == indexes[-1] and not self._usage_asked else UNSET))
        if self._usage_asked:
            out.append(self._event([], usage))
        return b"".join([*out, _DONE])

    def _event(self, choices: list[WireTextChoice], usage: Any = UNSET) -> bytes:
        event = WireTextCompletion(self._id, "text_completion", self._created, self._model, choices, usage)
        return b"data: " + _encode(event) + b"\n\n"
