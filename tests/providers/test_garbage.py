"""Whatever an upstream sends, the answer is an answer or one of our errors."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.requests import embeddings, images
from zaffre.core.errors import GatewayError, UpstreamError
from zaffre.providers import PROVIDERS
from zaffre.providers.codec import ErrorInBody
from zaffre.providers.overflow import OverflowSigns
from zaffre.providers.redaction import Redaction
from zaffre.providers.refusals import refusal

NAMES = [
    "choices", "message", "delta", "content", "tool_calls", "function", "arguments", "name", "id", "index", "usage",
    "finish_reason", "reasoning", "reasoning_content", "function_call", "logprobs", "error", "code", "status", "type",
    "text", "thinking", "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "object", "data",
    "embedding", "embeddings", "float", "meta", "billed_units", "detail", "details", "loc", "msg", "innererror",
    "content_filter_result", "audio", "refusal",
]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6), st.sampled_from(["error", "stop", "400", "429", "content_filter", "text", "thinking", "body"]),
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)
bodies = st.binary(max_size=40) | values.map(lambda value: json.dumps(value).encode())
choices = values.map(lambda value: json.dumps({"choices": [value], "usage": value}).encode())
CHAT: Any = PROVIDERS["openai"].chat
TEXT: Any = PROVIDERS["openai"].completions


@given(bodies | choices)
@settings(max_examples=300, deadline=None)
def test_any_body_is_an_answer_or_the_upstreams_failure(body: bytes) -> None:
    for codec in (CHAT, TEXT):
        with suppress(UpstreamError, ErrorInBody):
            assert codec.decode(body).choices
        with suppress(UpstreamError, ErrorInBody):
            codec.decoder().feed([body])


@pytest.mark.parametrize("name", ["openai", "ollama", "cohere"])
@given(body=bodies)
@settings(max_examples=100, deadline=None)
def test_any_vectors_are_vectors_or_the_upstreams_failure(name: str, body: bytes) -> None:
    codec: Any = PROVIDERS[name].embeddings
    for encoding in ("float", "base64", "ubinary"):
        with suppress(UpstreamError, ErrorInBody):
            codec.decode(body, embeddings({"input": ["a", "b"], "encoding_format": encoding}))


@given(body=bodies)
@settings(max_examples=50, deadline=None)
def test_any_image_vectors_are_vectors_or_the_upstreams_failure(body: bytes) -> None:
    asking = images({"input": [{"image": "data:image/png;base64,AAAA"}]})
    codec: Any = PROVIDERS["cohere"].image_embeddings
    with suppress(UpstreamError, ErrorInBody):
        codec.decode(body, asking)


@given(st.sampled_from([301, 400, 401, 413, 422, 429, 500, 503]), bodies, st.binary(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_error_body_is_one_of_our_errors(status: int, body: bytes, wait: bytes) -> None:
    headers = {b"retry-after": wait, b"retry-after-ms": wait}
    error = refusal(status, headers, body, signs=OverflowSigns(), redact=Redaction(["secret"]), now=0.0)
    assert isinstance(error, GatewayError)
    assert 400 <= error.status < 600
    assert isinstance(error.message, str)
    assert error.message
