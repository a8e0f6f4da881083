"""The OpenAI dialect: chat and text completion, whole and streamed. What vendors do differently is data of their row.

Answers are read by `strict`, and again by `lenient` where that fails.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import (
    AssistantMessage,
    ChatRequest,
    Chunk,
    Completion,
    CompletionRequest,
    DeveloperMessage,
    Message,
    SystemMessage,
    TextCompletion,
    ToolMessage,
    UserMessage,
)
from zaffre.core.errors import UpstreamError
from zaffre.providers import lenient, strict
from zaffre.providers.answers import mended_usage, settle_finish
from zaffre.providers.codec import Fields, HttpRequest
from zaffre.providers.lenient import DECODING_FAILED, UNREADABLE
from zaffre.providers.model_path import target
from zaffre.providers.openai_stream import ChatDecoder, Decoder

A = TypeVar("A", Completion, TextCompletion)

PASS_THROUGH: Final = b"extra-parameters: pass-through\r\n"
FOR_THE_SERVICE: Final = frozenset({"user_security_context"})
"""Said to the service that answers the caller, which is us; no model knows it."""

AUDIO: Final = frozenset({"modalities"})
"""Answers that are spoken: few vendors can."""

_AS_SENT: Final = frozenset({SystemMessage, UserMessage, ToolMessage})
"""Messages that every dialect has in the form in which they came."""
_encode: Final = msgspec.json.Encoder().encode
_objects: Final = msgspec.json.Decoder(list[Fields])
_fields: Final = msgspec.json.Decoder(Fields)
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

    def request(
        self, asked: ChatRequest | CompletionRequest, fields: dict[str, Any], model: str, stream: bool
    ) -> HttpRequest:
        """The request with these fields, which are changed in place: a shallow rewrite, values stay as they came."""
        for name in self.omissions:
            fields.pop(name, None)
        fields.pop("stream", None)
        options = fields.pop("stream_options", None)
        if stream:
            fields["stream"] = _TRUE
            if self.usage_on_request:
                fields["stream_options"] = _with_usage(options)
        if self.stop_in_list and isinstance(asked.known.stop, str):
            fields["stop"] = Raw(b"[%b]" % bytes(fields["stop"]))
        for name, other in self.renames.items():
            if name in fields:
                value = fields.pop(name)
                fields.setdefault(other, value)
        fields["model"] = model
        headers = PASS_THROUGH if self.passes_policy_on and asked.pass_through else b""
        return HttpRequest(target(self.path, model), _encode(fields), headers)


class Chat(Generation, frozen=True, kw_only=True):
    """`/chat/completions`."""

    path: str = "/chat/completions"
    unsupported: frozenset[str] = AUDIO
    developer_role: bool = False
    """The vendor knows the role `developer`; else it becomes `system`, which says the same."""

    def encode(self, request: ChatRequest, model: str, stream: bool) -> HttpRequest:
        fields: dict[str, Any] = {**request.fields}
        known = request.known.messages
        if not _AS_SENT.issuperset(map(type, known)) and any(map(self._differs, known)):
            said = _objects.decode(fields["messages"])
            fields["messages"] = Raw(_encode(list(map(self._in_dialect, said, known))))
        return self.request(request, fields, model, stream)

    def _differs(self, message: Message) -> bool:
        """Whether the dialect may want the message in another form than the caller sent."""
        if isinstance(message, AssistantMessage):
            return bool(message.tool_calls)
        return isinstance(message, DeveloperMessage) and not self.developer_role

    def _in_dialect(self, said: Fields, message: Message) -> dict[str, Any]:
        if not self._differs(message):
            return said
        if isinstance(message, DeveloperMessage):
            return {**said, "role": "system"}
        return {**said, "tool_calls": list(map(_call_in_dialect, _objects.decode(said["tool_calls"])))}

    def decode(self, body: bytes) -> Completion:
        try:
            answer = strict.completion(body)
        except DECODING_FAILED:
            answer = lenient.completion(body)
        return _settled(answer, body)

    def decoder(self) -> Decoder[Chunk]:
        return ChatDecoder(strict.chunks, lenient.chunk)


class Text(Generation, frozen=True, kw_only=True):
    """`/completions`."""

    path: str = "/completions"

    def encode(self, request: CompletionRequest, model: str, stream: bool) -> HttpRequest:
        return self.request(request, {**request.fields}, model, stream)

    def decode(self, body: bytes) -> TextCompletion:
        try:
            answer = strict.text_completion(body)
        except DECODING_FAILED:
            answer = lenient.text_completion(body)
        if not answer.choices:
            raise UpstreamError(UNREADABLE)
        return _settled(answer, body)

    def decoder(self) -> Decoder[TextCompletion]:
        return Decoder(strict.texts, lenient.text_completion)


def _with_usage(options: Raw | None) -> Raw:
    """The caller's `stream_options`, asking for usage."""
    if options is None or options == _INCLUDE_USAGE:
        return _INCLUDE_USAGE
    return Raw(_encode({**_fields.decode(options), "include_usage": True}))


def _call_in_dialect(call: Fields) -> dict[str, Any]:
    """A call as the dialect has it. Azure's SDK sends it back as it came from us, with a `call_id` that strict vendors
    refuse, or with arguments in the form that the caller gave them."""
    function: dict[str, Any] = _fields.decode(call["function"])
    if bytes(function.get("call_id", b"")) == b"null":
        del function["call_id"]
    arguments = bytes(function.get("arguments", b'""'))
    if arguments[:1] != b'"':
        function["arguments"] = arguments.decode()
    return {**call, "function": function}


def _settled(answer: A, body: bytes) -> A:
    for choice in answer.choices:
        settle_finish(choice, body)
    if answer.usage is not None:
        answer.usage = mended_usage(answer.usage)
    return answer
