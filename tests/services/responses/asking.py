"""How these tests ask, and how a model answers them: bodies in, chunks in, events out."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import msgspec
from msgspec import Raw

from zaffre.core.chat import Chunk, ChunkChoice, Delta, FunctionFragment, ToolCallFragment, Usage
from zaffre.gateway.fields import fields_of
from zaffre.services.responses.chat import chat_fields
from zaffre.services.responses.events import Event, Writer
from zaffre.services.responses.parameters import Asked, asked

WEATHER = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": True}


def ask(**body: Any) -> Asked:
    """A request as a client sends it; of a user who says hello, unless the test has another input."""
    sent = msgspec.json.encode({"model": "m", "input": "Hello", **body})
    return asked(sent, fields_of(sent))


def chat(context: Sequence[dict[str, Any]] = (), **body: Any) -> dict[str, Any]:
    """The fields of the chat that a request becomes."""
    kept = [Raw(msgspec.json.encode(item)) for item in context]
    return {name: msgspec.json.decode(raw) for name, raw in chat_fields(ask(**body), kept).items()}


def messages(*items: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    """The messages that items become."""
    found: list[dict[str, Any]] = chat(input=items, **body)["messages"]
    return found


def writer(number: int = 0, **body: Any) -> Writer:
    """One whose ids are msg_0, fc_1 and so on, and whose clock says 1002.5."""
    numbers = count()
    short = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
    return Writer(
        ask(**body),
        response_id="resp_1",
        created=1000,
        model="gpt-4o-2024-11-20",
        now=lambda: 1002.5,
        number=number,
        new_id=lambda kind: f"{short.get(kind, kind)}_{next(numbers)}",
    )


def events_of(chunks: Iterable[Chunk], writing: Writer | None = None) -> list[Event]:
    """All that is said of an answer."""
    writing = writing or writer()
    return writing.begin() + writing.write(chunks) + writing.end()


def said(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The events as clients read them."""
    return [msgspec.json.decode(event.data) for event in events]


def response_of(writing: Writer) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(writing.snapshot())
    return found


def steps(events: Iterable[Event]) -> list[str]:
    """The types of events, without what they all begin with."""
    return [event.type.removeprefix("response.") for event in events]


def text(words: str, finish: str | None = None, **choice: Any) -> Chunk:
    return Chunk([ChunkChoice(Delta(words), 0, finish, **choice)])


def thought(words: str) -> Chunk:
    return Chunk([ChunkChoice(Delta(reasoning_content=words))])


def refused(words: str) -> Chunk:
    return Chunk([ChunkChoice(Delta(refusal=words))])


def call(index: int, arguments: str | None = None, name: str | None = None, call_id: str | None = None) -> Chunk:
    return Chunk([ChunkChoice(Delta(tool_calls=[ToolCallFragment(index, call_id, FunctionFragment(name, arguments))]))])


def end(reason: str = "stop") -> Chunk:
    return Chunk([ChunkChoice(Delta(), 0, reason)])


def usage(prompt: int = 11, completion: int = 5, **details: Any) -> Chunk:
    return Chunk(usage=Usage(prompt, completion, prompt + completion, **details))
