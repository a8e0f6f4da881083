"""Whole answers as the Inference API writes them: field order, nulls and ids included."""

import time
from collections.abc import Iterable
from random import getrandbits
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from zaffre.core.chat import Carried, Choice, Completion, TextCompletion, ToolCall, Usage
from zaffre.core.embeddings import Embeddings

_encode = msgspec.json.Encoder().encode


class WireUsage(Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    completion_tokens_details: dict[str, Any] | UnsetType = UNSET
    prompt_tokens_details: dict[str, Any] | UnsetType = UNSET


class WireFunction(Struct):
    name: str
    arguments: str
    call_id: None = None
    """Live answers carry it, and the published SDK's tracing reads it."""


class WireToolCall(Struct):
    id: str
    type: str
    function: WireFunction


class WireMessage(Struct):
    role: str
    content: str | None
    tool_calls: list[WireToolCall] | None
    reasoning_content: str | UnsetType = UNSET
    audio: Carried | UnsetType = UNSET
    refusal: str | UnsetType = UNSET


class WireChoice(Struct):
    index: int
    finish_reason: str
    logprobs: Carried | None
    message: WireMessage


class WireCompletion(Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[WireChoice]
    usage: WireUsage
    system_fingerprint: str | UnsetType = UNSET


class WireTextChoice(Struct):
    index: int
    text: str
    finish_reason: str | None
    logprobs: Carried | None


class WireTextCompletion(Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[WireTextChoice]
    usage: WireUsage | UnsetType = UNSET


def answer_id() -> str:
    """32 hex digits, the Inference API's form of an id."""
    return f"{getrandbits(128):032x}"  # unique, not secret: no system call


def now() -> int:
    """Seconds since 1970, as `created` has them."""
    return int(time.time())


def wire_usage(usage: Usage) -> WireUsage:
    return WireUsage(
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.total_tokens,
        usage.completion_tokens_details or UNSET,
        usage.prompt_tokens_details or UNSET,
    )


def wire_calls(calls: Iterable[ToolCall]) -> list[WireToolCall]:
    return [
        WireToolCall(call.id, "function", WireFunction(call.function.name, call.function.arguments)) for call in calls
    ]


def finish_of(reason: str | None, calls: bool) -> str:
    """Why the answer ended. Tool calls end it as `tool_calls`, also where an upstream says `stop`, and nothing else."""
    if calls and reason in (None, "stop"):
        return "tool_calls"
    if reason == "tool_calls" and not calls:
        return "stop"
    return reason or "stop"


def completion(answer: Completion, model: str) -> bytes:
    """The body of a whole chat answer."""
    return _encode(
        WireCompletion(
            answer_id(),
            "chat.completion",
            now(),
            model,
            [_choice(choice) for choice in answer.choices],
            wire_usage(answer.usage or Usage()),
            answer.system_fingerprint or UNSET,
        )
    )


def _choice(choice: Choice) -> WireChoice:
    message = choice.message
    calls = message.tool_calls
    return WireChoice(
        choice.index,
        finish_of(choice.finish_reason, bool(calls)),
        choice.logprobs,
        WireMessage(
            "assistant",
            message.content or "" if calls else message.content,
            wire_calls(calls) if calls else None,
            UNSET if message.reasoning_content is None else message.reasoning_content,
            UNSET if message.audio is None else message.audio,
            UNSET if message.refusal is None else message.refusal,
        ),
    )


def text_completion(answer: TextCompletion, model: str, unique: str | None = None) -> bytes:
    """The body of a whole text completion.

    Args:
        unique: its id, where that has another form.
    """
    choices = [
        WireTextChoice(choice.index, choice.text, choice.finish_reason or "stop", choice.logprobs)
        for choice in answer.choices
    ]
    usage = wire_usage(answer.usage or Usage())
    return _encode(WireTextCompletion(unique or answer_id(), "text_completion", now(), model, choices, usage))


def embeddings(answer: Embeddings, model: str) -> bytes:
    """The body of an embeddings answer. An upstream's vectors are copied as they came, since they can be megabytes."""
    if isinstance(answer.data, Raw):
        data: Any = answer.data
    else:
        data = [
            {"index": index, "object": "embedding", "embedding": vector} for index, vector in enumerate(answer.data)
        ]
    usage = answer.usage or Usage()
    return _encode(
        {
            "id": answer_id(),
            "object": "list",
            "model": model,
            "data": data,
            "usage": wire_usage(Usage(usage.prompt_tokens, 0, usage.prompt_tokens)),
        }
    )
