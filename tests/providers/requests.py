"""Requests as the gateway hands them to a backend."""

import json
from typing import Any

import msgspec
from msgspec import Raw

from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest
from zaffre.core.embeddings import (
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


def chat(body: dict[str, Any] | None = None, *, pass_through: bool = False) -> ChatRequest:
    known, fields = _both(body or HELLO, ChatParameters)
    return ChatRequest(known, fields, pass_through)


def text(body: dict[str, Any], *, pass_through: bool = False) -> CompletionRequest:
    known, fields = _both(body, CompletionParameters)
    return CompletionRequest(known, fields, pass_through)


def embeddings(body: dict[str, Any], *, pass_through: bool = False) -> EmbeddingsRequest:
    known, fields = _both(body, EmbeddingsParameters)
    return EmbeddingsRequest(known, fields, pass_through)


def images(body: dict[str, Any], *, pass_through: bool = False) -> ImageEmbeddingsRequest:
    known, fields = _both(body, ImageEmbeddingsParameters)
    return ImageEmbeddingsRequest(known, fields, pass_through)


def _both(body: dict[str, Any], parameters: type) -> tuple[Any, dict[str, Raw]]:
    sent = json.dumps(body).encode()
    return msgspec.json.decode(sent, type=parameters), msgspec.json.decode(sent, type=dict[str, Raw])
