"""How these tests ask a local model: bodies as a client sends them, turned into what a backend gets."""

from typing import Any

import msgspec
from msgspec import Raw

from zaffre.catalog.models import find
from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest
from zaffre.core.embeddings import EmbeddingsParameters, EmbeddingsRequest
from zaffre.engine.weights.prepare import Wanted
from zaffre.engine.weights.source import parse_source

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
            "required": ["city"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "get_time"}}


def default_weights(model: str) -> Wanted:
    """The weights that the catalog names for a model."""
    facts = find(model)
    assert facts.source
    return Wanted(parse_source(facts.source), facts.sha256)


def chat(content: Any = "Say hi", **fields: Any) -> ChatRequest:
    """A chat of one user message, or of `messages`; unknown fields pass through."""
    body = msgspec.json.encode({"messages": [{"role": "user", "content": content}], **fields})
    return ChatRequest(msgspec.json.decode(body, type=ChatParameters), _raw(body), pass_through=True)


def prompt(text: Any, **fields: Any) -> CompletionRequest:
    body = msgspec.json.encode({"prompt": text, **fields})
    return CompletionRequest(msgspec.json.decode(body, type=CompletionParameters), _raw(body), pass_through=True)


def inputs(sent: Any, **fields: Any) -> EmbeddingsRequest:
    body = msgspec.json.encode({"input": sent, **fields})
    return EmbeddingsRequest(msgspec.json.decode(body, type=EmbeddingsParameters), _raw(body), pass_through=True)


def _raw(body: bytes) -> dict[str, Raw]:
    return msgspec.json.decode(body, type=dict[str, Raw])
