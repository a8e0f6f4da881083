"""The OpenAI dialect: chat and text completion, whole and streamed. What vendors do differently is data of their row.

Answers are decoded straight into the values of `core`, which have this dialect's shape; what does not fit, or says
nothing that the strict decoder knows, is read again by `lenient`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import (
    AssistantMessage,
    CalledTool,
    ChatRequest,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionRequest,
    DeveloperMessage,
    Message,
    TextChoice,
    TextCompletion,
)
from zaffre.core.errors import UpstreamError
from zaffre.providers import lenient
from zaffre.providers.answers import BROKEN_OFF, finish_reason, mended_usage
from zaffre.providers.codec import ErrorInBody, Fields, HttpRequest
from zaffre.providers.lenient import DECODING_FAILED, UNREADABLE
from zaffre.providers.model_path import model_path

PASS_THROUGH: Final = b"extra-parameters: pass-through\r\n"
FOR_THE_SERVICE: Final = frozenset({"user_security_context"})
"""Said to the service that answers the caller, which is us; no model knows it."""

AUDIO: Final = frozenset({"modalities"})
"""Answers that are spoken: few vendors can."""

_encode: Final = msgspec.json.Encoder().encode
_messages: Final = msgspec.json.Decoder(list[Fields])
_INCLUDE_USAGE: Final = Raw(b'{"include_usage":true}')
_TRUE: Final = Raw(b"true")


class Generation(Struct, frozen=True, kw_only=True):
    """What chat and text completion have in common, and how a vendor may differ."""

    path: str
    """Below the base URL; `{model}` is replaced by the model's name."""
    renames: Mapping[str, str] = {}
    """The API's name of a field -> the vendor's."""
    omissions: frozenset[str] = FOR_THE_SERVICE
    """Fields the vendor refuses although leaving them out changes no answer."""
    unsupported: frozenset[str] = frozenset()
    usage_on_request: bool = False
    """Streams bring their usage where `stream_options` ask for it. Else it comes unasked, or not at all."""
    stop_in_list: bool = False
    """A single stop sequence goes in a list."""
    passes_policy_on: bool = False
    """The vendor knows the header `extra-parameters` itself."""

    def request(self, asked: ChatRequest | CompletionRequest, fields: Fields, model: str, stream: bool) -> HttpRequest:
        """The request with these fields, which are changed in place: a shallow rewrite, values stay as they came."""
        for name in self.omissions:
            fields.pop(name, None)
        fields.pop("stream", None)
        fields.pop("stream_options", None)
        if stream:
            fields["stream"] = _TRUE
            if self.usage_on_request:
                fields["stream_options"] = _INCLUDE_USAGE
        if self.stop_in_list and isinstance(asked.known.stop, str):
            fields["stop"] = Raw(b"[%b]" % bytes(fields["stop"]))
        for name, other in self.renames.items():
            if name in fields:
                value = fields.pop(name)
                fields.setdefault(other, value)
        body: dict[str, Any] = {**fields, "model": model}
        headers = PASS_THROUGH if self.passes_policy_on and asked.pass_through else b""
        return HttpRequest(target(self.path, model), _encode(body), headers)


class Chat(Generation, frozen=True, kw_only=True):
    """`/chat/completions`."""

    path: str = "/chat/completions"
    unsupported: frozenset[str] = AUDIO
    developer_role: bool = False
    """The vendor knows the role `developer`; else it becomes `system`, which says the same."""

    def encode(self, request: ChatRequest, model: str, stream: bool) -> HttpRequest:
        fields = request.fields.copy()
        mends = [_mends(message, self.developer_role) for message in request.known.messages]
        if any(mends):
            messages = _messages.decode(fields["messages"])
            fields["messages"] = Raw(_encode([{**m, **mend} for m, mend in zip(messages, mends, strict=True)]))
        return self.request(request, fields, model, stream)

    def decode(self, body: bytes) -> Completion:
        try:
            answer = _completion.decode(body)
        except DECODING_FAILED:
            answer = lenient.completion(body)
        else:
            if b'reasoning"' in body or b'"function_call"' in body or not _says_all(answer):
                answer = lenient.completion(body)
        _mend(answer, body)
        return answer

    def decoder(self) -> "Decoder[Chunk]":
        return Decoder(_chunks.decode, lenient.chunk)


class Text(Generation, frozen=True, kw_only=True):
    """`/completions`."""

    path: str = "/completions"

    def encode(self, request: CompletionRequest, model: str, stream: bool) -> HttpRequest:
        return self.request(request, request.fields.copy(), model, stream)

    def decode(self, body: bytes) -> TextCompletion:
        try:
            answer = _text.decode(body)
        except DECODING_FAILED:
            answer = lenient.text_completion(body)
        if not answer.choices:
            lenient.answer_object(body)
            raise UpstreamError(UNREADABLE)
        _mend(answer, body)
        return answer

    def decoder(self) -> "Decoder[TextCompletion]":
        return Decoder(_texts.decode, lenient.text_completion)


_completion: Final = msgspec.json.Decoder(Completion)
_chunks: Final = msgspec.json.Decoder(list[Chunk])
_text: Final = msgspec.json.Decoder(TextCompletion)
_texts: Final = msgspec.json.Decoder(list[TextCompletion])

E = TypeVar("E", Chunk, TextCompletion)


class Decoder(Generic[E]):
    """Decodes one stream of the dialect: `data: {...}` events, then `data: [DONE]`."""

    __slots__ = ("_ended", "_lenient", "_open", "_strict", "over")

    def __init__(self, strict: Callable[[bytes], list[E]], lenient: Callable[[bytes], E]) -> None:
        """
        Args:
            strict: decodes a JSON array of events.
            lenient: decodes one event that the strict decoder does not know.
        """
        self._strict: Callable[[bytes], list[E]] = strict
        self._lenient: Callable[[bytes], E] = lenient
        self._open = {0}
        self._ended: set[int] = set()
        self.over = False

    @property
    def complete(self) -> bool:
        """Whether every choice has its finish reason, or the stream said that it is over."""
        return self.over or not self._open

    def feed(self, events: list[bytes]) -> list[E]:
        """The events decoded, without those that say nothing."""
        if events and events[-1] == b"[DONE]":
            self.over = True
            events = events[:-1]
        # What arrived together is decoded together: that is half the cost of one by one.
        joined = b"[%b]" % b",".join(events)
        # Names the strict decoder does not know; a false alarm costs time only.
        if b'reasoning"' in joined or b'"function_call"' in joined:
            return self._one_by_one(events)
        try:
            chunks = self._strict(joined)
        except DECODING_FAILED:
            return self._one_by_one(events)
        for place, chunk in enumerate(chunks):
            if chunk.usage is not None:
                chunk.usage = mended_usage(chunk.usage)
            elif not chunk.choices:
                return self._one_by_one(events)
            for choice in chunk.choices:
                if choice.finish_reason is not None or choice.index:
                    self._note(choice, events[place])
        return chunks

    def _one_by_one(self, events: list[bytes]) -> list[E]:
        decoded = []
        for event in filter(None, map(bytes.strip, events)):
            if event.startswith(b"[DONE]"):
                self.over = True
                break
            chunk = self._lenient(event)
            for choice in chunk.choices:
                self._note(choice, event)
            if chunk.usage is not None:
                chunk.usage = mended_usage(chunk.usage)
            if chunk.choices or chunk.usage is not None:
                decoded.append(chunk)
        return decoded

    def whole(self, body: bytes) -> list[E]:
        self.over = True
        answered = self._one_by_one([body])
        if not any(event.choices for event in answered):
            raise UpstreamError(UNREADABLE)
        return answered

    def _note(self, choice: ChunkChoice | TextChoice, event: bytes) -> None:
        """Which choices are still to be finished: the first, and whatever others begin."""
        _finish(choice, event)
        if choice.finish_reason is not None:
            self._open.discard(choice.index)
            self._ended.add(choice.index)
        elif choice.index not in self._ended:
            self._open.add(choice.index)


def _says_all(answer: Completion) -> bool:
    """Whether there are choices, and calls with ids and arguments."""
    calls = (call for choice in answer.choices for call in choice.message.tool_calls or ())
    return bool(answer.choices) and all(call.id and call.function.arguments for call in calls)


def target(path: str, model: str) -> str:
    """The address of a row's path for a model."""
    return path.replace("{model}", model_path(model)) if "{" in path else path


def _mends(message: Message, developer_role: bool) -> dict[str, Any]:
    """The fields of a message that the dialect wants in another form than the caller sent."""
    if isinstance(message, DeveloperMessage):
        return {} if developer_role else {"role": "system"}
    calls = message.tool_calls if isinstance(message, AssistantMessage) else None
    if calls and not all(isinstance(call.function.arguments, str) for call in calls):
        return {"tool_calls": [_with_text(call) for call in calls]}
    return {}


def _with_text(call: CalledTool) -> dict[str, Any]:
    # Azure's SDK sends the arguments as they were given to it; the dialect has them as text.
    given = call.function.arguments
    arguments = given if isinstance(given, str) else _encode(given).decode()
    function = {"name": call.function.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def _mend(answer: Completion | TextCompletion, body: bytes) -> None:
    for choice in answer.choices:
        _finish(choice, body)
    if answer.usage is not None:
        answer.usage = mended_usage(answer.usage)


def _finish(choice: Choice | ChunkChoice | TextChoice, body: bytes) -> None:
    """Says the finish reason in the API's words. An empty one is none: some servers put it into every event."""
    said = choice.finish_reason
    if not said:
        choice.finish_reason = None
        return
    if said in BROKEN_OFF:
        lenient.answer_object(body)  # which may hold the error itself
        raise ErrorInBody(BROKEN_OFF[said], b"{}")
    choice.finish_reason = finish_reason(said)
