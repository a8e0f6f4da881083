"""Bodies that are nearly right: valid ones with something wild at any place, down to the bytes."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import Raw

_SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo"]}}, "required": ["city"]}
_TOOL = {"type": "function", "function": {"name": "weather", "description": "Of a city.", "parameters": _SCHEMA}}
_CALL = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
_PICTURE = "data:image/png;base64,iVBORw0KGgo="
_CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "assistant", "content": None, "tool_calls": [_CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "Rain."},
        {"role": "user", "content": "Go on."},
    ],
    "model": "able",
    "stream": False,
    "stream_options": {"include_usage": True},
    "temperature": 0.5,
    "top_p": 0.5,
    "frequency_penalty": 0.5,
    "presence_penalty": -0.5,
    "max_tokens": 5,
    "stop": ["x"],
    "seed": 1,
    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": _SCHEMA}},
    "tools": [_TOOL],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "modalities": ["text"],
    "user_security_context": {"application_name": "x", "source_ip": "127.0.0.1"},
    "n": 2,
    "logprobs": True,
}
_STREAM = {"messages": [{"role": "user", "content": "Hi"}], "model": "demo", "stream": True}
_PROMPT = {"prompt": ["Hi", "Ho"], "model": "able", "max_tokens": 5, "stop": "x", "seed": 1, "stream": True, "n": 2}
_TEXTS = {"input": ["a", "b"], "model": "embed", "dimensions": 4, "encoding_format": "base64", "input_type": "text"}
_IMAGES = {"input": [{"image": _PICTURE, "text": "a"}], "model": "image", "dimensions": 4, "encoding_format": "int8"}
VALID: list[tuple[str, str, dict[str, Any]]] = [
    ("/chat/completions", "able", _CHAT),
    ("/chat/completions", "demo", _STREAM),
    ("/completions", "able", _PROMPT),
    ("/embeddings", "embed", _TEXTS),
    ("/images/embeddings", "image", _IMAGES),
]
"""Route, deployment, body."""

_NUMBERS = [
    b"1e999", b"-1e999", b"1e-999", b"9" * 3000, b"-" + b"9" * 40, b"-0", b"-0.0", b"2.0", b"1.5e300", b"01", b"1.",
]  # fmt: skip
_STRINGS = [
    b'""', b'"\\u0000"', b'"\\ud83d"', b'"\\ude00\\ud83d"', b'"\xff\xfe"', b'"\\x"', b'"\x00"', b'"a\nb"', b"'a'",
    b'"forbidden"', b'"' + b"long " * 5000 + b'"', '"\u2028\u202e\ufeff🎈"'.encode(),
]  # fmt: skip
_OTHERS = [
    b"null", b"true", b"NaN", b"Infinity", b"{}", b"[]", b"[[]]", b'{"":0}', b'{"a":1,"a":2}', b"[1,]", b"", b"}",
]  # fmt: skip
_DEPTHS = (3, 90, 950, 985, 1100, 20_000)
_DEEP = [b"[" * depth + b"]" * depth for depth in _DEPTHS]
_DEEP += [b'{"a":' * depth + b"0" + b"}" * depth for depth in _DEPTHS]

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_wild = st.sampled_from([*_NUMBERS, *_STRINGS, *_OTHERS, *_DEEP]).map(Raw) | _values
_names = st.sampled_from(sorted({*_CHAT, *_PROMPT, *_TEXTS, "echo", "top_logprobs", "type", "text"})) | st.text(
    max_size=5
)


@st.composite
def nearly_right(draw: Callable[..., Any]) -> tuple[str, str, bytes]:
    """Route, deployment and body."""
    route, deployment, valid = draw(st.sampled_from(VALID))
    body = copy.deepcopy(valid)
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, body)
    data = msgspec.json.encode(body)
    if draw(st.integers(0, 3)):
        return route, deployment, data
    at, cut = draw(st.integers(0, len(data))), draw(st.integers(0, 3))
    return route, deployment, data[:at] + draw(st.binary(max_size=3)) + data[at + cut :]


def _change(draw: Callable[..., Any], body: dict[str, Any]) -> None:
    """Put something wild at one place, or take what is there away, or add a name beside it."""
    holder, place = draw(st.sampled_from(list(_places(body))))
    deed = draw(st.sampled_from(["put", "put", "take", "add"]))
    if deed == "put":
        holder[place] = draw(_wild)
    elif deed == "take":
        del holder[place]
    elif isinstance(holder, dict):
        holder[draw(_names)] = draw(_wild)
    else:
        holder.append(draw(_wild))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, held in inner:
        yield value, place
        yield from _places(held)
