"""The slow path: answers of the OpenAI dialect that a strict decoder refuses or would misread.

Whatever is missing, null or of another shape than published becomes what was meant, where that is beyond doubt:
content in parts, reasoning under its other name, arguments as an object, calls of the older `functions` form, counts
as floats. An error object becomes ErrorInBody. What is no answer at all becomes UpstreamError.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Raw

from zaffre.core.chat import (
    AnswerMessage,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
    FunctionCall,
    FunctionFragment,
    TextChoice,
    TextCompletion,
    ToolCall,
    ToolCallFragment,
    Usage,
)
from zaffre.core.errors import UpstreamError
from zaffre.providers.codec import ErrorInBody

Object = dict[str, Raw]

UNREADABLE: Final = "The model's server sent an answer that cannot be read."
DECODING_FAILED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises over bytes from outside."""

_object: Final = msgspec.json.Decoder(Object)
_objects: Final = msgspec.json.Decoder(list[Object] | None)
_any: Final = msgspec.json.Decoder()

STATUS_OF_CODE: Final = {
    "content_filter": 400,
    "context_length_exceeded": 400,
    "exceed_context_size_error": 400,
    "tokens_limit_reached": 400,
    "invalid_request_error": 400,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "overloaded_error": 503,
}
"""The statuses that belong to the codes of errors which came without one, in the middle of a stream."""


@contextmanager
def reading() -> Iterator[None]:
    """Turns what decoders raise into UpstreamError."""
    try:
        yield
    except DECODING_FAILED as error:
        raise UpstreamError(UNREADABLE) from error


@reading()
def completion(body: bytes) -> Completion:
    """A whole chat answer."""
    fields = _fields(body)
    choices = [
        Choice(
            _message(place, choice),
            _index(choice, place),
            _text(choice, "finish_reason"),
            _kept(choice, "logprobs"),
        )
        for place, choice in enumerate(_choices(fields))
    ]
    if not choices:
        raise UpstreamError(UNREADABLE)
    return Completion(choices, usage(fields), _text(fields, "system_fingerprint"))


@reading()
def chunk(event: bytes) -> Chunk:
    """One event of a streamed chat. Choices without anything to say are left out."""
    fields = _fields(event)
    choices = []
    for place, choice in enumerate(_choices(fields)):
        finish = _text(choice, "finish_reason")
        said = _said(choice, "delta") or _said(choice, "message")
        if said or finish:
            logprobs = _kept(choice, "logprobs")
            choices.append(ChunkChoice(_delta(said), _index(choice, place), finish, logprobs))
    return Chunk(choices, usage(fields))


@reading()
def text_completion(body: bytes) -> TextCompletion:
    """A text completion, or one event of its stream."""
    fields = _fields(body)
    choices = [
        TextChoice(
            _text(choice, "text") or "",
            _index(choice, place),
            _text(choice, "finish_reason"),
            _kept(choice, "logprobs"),
        )
        for place, choice in enumerate(_choices(fields))
    ]
    return TextCompletion(choices, usage(fields))


@reading()
def answer_object(body: bytes) -> Object:
    """The top level of an answer. Raises ErrorInBody for an error's, UpstreamError for what is no object."""
    return _fields(body)


def _fields(body: bytes) -> Object:
    fields = _object.decode(_mended(body))
    if "error" in fields and _any.decode(fields["error"]):
        raise ErrorInBody(_status(fields["error"]), body)
    if _text(fields, "object") == "error":
        raise ErrorInBody(_status(body), body)
    return fields


def usage(fields: Object) -> Usage | None:
    """The `usage` of an answer, counts of any number type, None where there is none."""
    said = _value(fields, "usage")
    if not isinstance(said, dict):
        return None
    return Usage(
        _count(said, "prompt_tokens"),
        _count(said, "completion_tokens"),
        _count(said, "total_tokens"),
        _mapping(said.get("completion_tokens_details")),
        _mapping(said.get("prompt_tokens_details")),
    )


# An escape sequence: a pair of surrogates, half of one, or anything else.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)


def _mended(body: bytes) -> bytes:
    """JSON in which every character is whole: servers that stream bytes or UTF-16 cut some in two."""
    if not body.isascii():
        body = body.decode("utf-8", "replace").encode()
    if b"\\ud" in body or b"\\uD" in body:
        body = _ESCAPE.sub(lambda escape: b"\\ufffd" if escape["half"] else escape[0], body)
    return body


def _choices(fields: Object) -> list[Object]:
    return _objects.decode(fields.get("choices", b"null")) or []


def _message(place: int, choice: Object) -> AnswerMessage:
    said = _said(choice, "message")
    content, thought = _content(said.get("content"))
    calls = [
        ToolCall(call_id or _made_id(place, number, name, arguments), FunctionCall(name, arguments or "{}"))
        for number, (_, call_id, name, arguments) in enumerate(_calls(said))
        if name
    ]
    audio, annotations = _beside(said)
    return AnswerMessage(
        content, calls or None, _reasoning(said) or thought, audio, _string(said.get("refusal")), annotations
    )


def _delta(said: Mapping[str, Any]) -> Delta:
    content, thought = _content(said.get("content"))
    calls = [
        ToolCallFragment(index, call_id, FunctionFragment(name, arguments))
        for index, call_id, name, arguments in _calls(said)
    ]
    return Delta(content, calls or None, _reasoning(said) or thought, _string(said.get("refusal")), *_beside(said))


def _beside(said: Mapping[str, Any]) -> tuple[Raw | None, list[Raw] | None]:
    """What comes beside the text: its sound, and where it comes from."""
    audio, annotations = said.get("audio"), said.get("annotations")
    return (
        Raw(msgspec.json.encode(audio)) if audio else None,
        [Raw(msgspec.json.encode(each)) for each in annotations] if isinstance(annotations, list) else None,
    )


def _content(content: object) -> tuple[str | None, str | None]:
    """Text and thought of a message's content, which may come in parts (Mistral's reasoning models)."""
    if not isinstance(content, list):
        return _string(content), None
    parts = [part for part in content if isinstance(part, dict)]
    text = [part.get("text") for part in parts if part.get("type", "text") == "text"]
    thought = [_content(part.get("thinking"))[0] for part in parts if part.get("type") == "thinking"]
    return _joined(text), _joined(thought)


def _joined(texts: list[Any]) -> str | None:
    return "".join(text for text in texts if isinstance(text, str)) if texts else None


def _reasoning(said: Mapping[str, Any]) -> str | None:
    return _string(said.get("reasoning_content")) or _string(said.get("reasoning"))


def _calls(said: Mapping[str, Any]) -> Iterator[tuple[int, str | None, str | None, str | None]]:
    """(index, id, name, arguments) of each call, or fragment of one."""
    calls = said.get("tool_calls")
    for place, call in enumerate(calls if isinstance(calls, list) else ()):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            index = call.get("index")
            yield index if isinstance(index, int) else place, _string(call.get("id")), *_function(function)
    if not calls and isinstance(said.get("function_call"), dict):
        yield 0, None, *_function(said["function_call"])


def _function(function: Mapping[str, Any]) -> tuple[str | None, str | None]:
    arguments = function.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    return _string(function.get("name")), arguments


def _made_id(*parts: object) -> str:
    """An id for a call that came without one: the same for the same call, since codecs are pure."""
    return "call_" + blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def _said(choice: Object, name: str) -> dict[str, Any]:
    return _mapping(_value(choice, name)) or {}


def _mapping(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _index(choice: Object, place: int) -> int:
    index = _value(choice, "index")
    return index if isinstance(index, int) else place


def _kept(fields: Object, name: str) -> Raw | None:
    raw = fields.get(name)
    return None if raw is None or bytes(raw) == b"null" else raw


def _value(fields: Object, name: str) -> Any:
    raw = fields.get(name)
    return None if raw is None else _any.decode(raw)


def _text(fields: Object, name: str) -> str | None:
    return _string(_value(fields, name))


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    return max(0, int(value)) if isinstance(value, int | float) and value < 2**53 else 0


def _status(error: Raw | bytes) -> int | None:
    """The HTTP status an error object speaks of, in a number or by a code that belongs to one."""
    value = _any.decode(error)
    if not isinstance(value, dict):
        return None
    for name in ("status", "status_code", "code", "type"):
        said = value.get(name)
        if isinstance(said, str):
            said = STATUS_OF_CODE.get(said) or (int(said) if said.isdecimal() else 0)
        if isinstance(said, int) and 400 <= said < 600:
            return said
    return None
