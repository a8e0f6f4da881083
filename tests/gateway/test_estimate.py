"""Usage by our own count: never nothing, and more for more text."""

from typing import Any

import msgspec
import pytest

from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest, Usage
from zaffre.core.embeddings import (
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)
from zaffre.gateway.estimate import prompt_characters, usage

CALL = {"function": {"name": "f", "arguments": "12345"}}


def chat(*messages: dict[str, Any]) -> ChatRequest:
    return ChatRequest(msgspec.convert({"messages": messages}, ChatParameters), {})


def completion(prompt: Any) -> CompletionRequest:
    return CompletionRequest(msgspec.convert({"prompt": prompt}, CompletionParameters), {})


def embeddings(sent: Any) -> EmbeddingsRequest:
    return EmbeddingsRequest(msgspec.convert({"input": sent}, EmbeddingsParameters), {})


def images(*sent: dict[str, Any]) -> ImageEmbeddingsRequest:
    return ImageEmbeddingsRequest(msgspec.convert({"input": sent}, ImageEmbeddingsParameters), {})


@pytest.mark.parametrize(
    ("request_", "characters"),
    [
        (chat({"role": "user", "content": "12345"}), 5),
        (chat({"role": "system", "content": "1"}, {"role": "user", "content": [{"type": "text", "text": "23"}]}), 3),
        (chat({"role": "assistant", "tool_calls": [CALL, CALL]}), 10),
        (chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}), 0),
        (completion("1234"), 4),
        (completion(["1", "23"]), 3),
        (completion([1, 2, 3]), 12),
        (completion([[1, 2], [3]]), 12),
        (embeddings(["1", "23"]), 3),
        (embeddings("123"), 3),
        (images({"image": "data:,", "text": "1234"}, {"image": "data:,"}), 4),
    ],
)
def test_an_input_is_as_long_as_its_text_and_a_token_as_four_characters(request_: Any, characters: int) -> None:
    assert prompt_characters(request_) == characters


def test_usage_is_never_nothing_and_counts_no_completion_of_embeddings() -> None:
    assert usage(0, 0) == Usage(1, 1, 2, estimated=True)
    assert usage(9, 4) == Usage(3, 1, 4, estimated=True)
    assert usage(9, None) == Usage(3, 0, 3, estimated=True)
