"""How these tests ask: bodies as a client sends them, turned into the requests that a backend gets."""

import re
from typing import Any

import msgspec
from msgspec import Raw

from zaffre.config.rules import Reply, Rule, ScriptedCall, When
from zaffre.core.chat import ChatParameters, ChatRequest, CompletionParameters, CompletionRequest, Message
from zaffre.core.embeddings import (
    EmbeddingsParameters,
    EmbeddingsRequest,
    ImageEmbeddingsParameters,
    ImageEmbeddingsRequest,
)
from zaffre.engine.scripted.backend import Scripted

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "int"}}},
    },
}
CLOCK = {"type": "function", "function": {"name": "get_time"}}
ECHO = Rule(Reply(text="You said: {text}"))


def rule(when: dict[str, Any] | None = None, /, **reply: Any) -> Rule:
    """A rule as a rules file would spell it; `text` of `when` is the regular expression."""
    looked_at = dict(when or {})
    if "text" in looked_at:
        looked_at["text"] = re.compile(looked_at["text"], re.IGNORECASE)
    if isinstance(reply.get("tool_calls"), list):
        reply["tool_calls"] = tuple(ScriptedCall(**call) for call in reply["tool_calls"])
    return Rule(Reply(**reply), When(**looked_at) if looked_at else None)


def chat(content: Any = "hello", **fields: Any) -> ChatRequest:
    """A chat of one user message, or of `messages`."""
    body = msgspec.json.encode({"messages": [{"role": "user", "content": content}], **fields})
    return ChatRequest(msgspec.json.decode(body, type=ChatParameters), _raw(body))


def prompt(text: Any, **fields: Any) -> CompletionRequest:
    body = msgspec.json.encode({"prompt": text, **fields})
    return CompletionRequest(msgspec.json.decode(body, type=CompletionParameters), _raw(body))


def inputs(sent: Any, **fields: Any) -> EmbeddingsRequest:
    body = msgspec.json.encode({"input": sent, **fields})
    return EmbeddingsRequest(msgspec.json.decode(body, type=EmbeddingsParameters), _raw(body))


def images(*sent: dict[str, str], **fields: Any) -> ImageEmbeddingsRequest:
    body = msgspec.json.encode({"input": sent, **fields})
    return ImageEmbeddingsRequest(msgspec.json.decode(body, type=ImageEmbeddingsParameters), _raw(body))


async def said(model: Scripted, request: ChatRequest) -> str | None:
    """The text of the whole answer."""
    return (await model.chat(request)).choices[0].message.content


async def whole(model: Scripted, request: ChatRequest) -> tuple[Message | Any, str | None]:
    """The message and the finish reason of the whole answer."""
    choice = (await model.chat(request)).choices[0]
    return choice.message, choice.finish_reason


async def deltas(model: Scripted, request: ChatRequest) -> list[str]:
    """The streamed pieces of text, those of the first choice."""
    pieces = []
    async for chunks in model.chat_stream(request):
        pieces += [choice.delta.content for chunk in chunks for choice in chunk.choices[:1] if choice.delta.content]
    return pieces


def _raw(body: bytes) -> dict[str, Raw]:
    return msgspec.json.decode(body, type=dict[str, Raw])
