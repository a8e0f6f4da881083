"""Whole answers as the Azure OpenAI and OpenAI v1 surfaces write them.

https://github.com/openai/openai-openapi, `CreateChatCompletionResponse` and its neighbours.
"""

from random import getrandbits
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from zaffre.api import wire
from zaffre.api.wire import WireUsage, finish_of, now, wire_usage
from zaffre.core.chat import Carried, Choice, Completion, TextCompletion, ToolCall, Usage
from zaffre.core.embeddings import Embeddings

_encode = msgspec.json.Encoder().encode


class WireFunction(Struct):
    name: str
    arguments: str


class WireToolCall(Struct):
    id: str
    type: str
    function: WireFunction


class WireMessage(Struct):
    role: str
    content: str | None
    refusal: str | None
    tool_calls: list[WireToolCall] | UnsetType = UNSET
    function_call: WireFunction | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    annotations: list[Raw] | UnsetType = UNSET
    audio: Carried | UnsetType = UNSET


class WireChoice(Struct):
    index: int
    message: WireMessage
    logprobs: Carried | None
    finish_reason: str


class WireCompletion(Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[WireChoice]
    usage: WireUsage
    system_fingerprint: str | UnsetType = UNSET


def chat_id() -> str:
    """`chatcmpl-` and 29 characters. Unique, not secret."""
    return f"chatcmpl-{getrandbits(116):029x}"


def text_id() -> str:
    """`cmpl-` and 29 characters."""
    return f"cmpl-{getrandbits(116):029x}"


def completion(answer: Completion, model: str, legacy: bool = False) -> bytes:
    """The body of a whole chat answer.

    Args:
        legacy: a call is written as `function_call`, as those know it who offered `functions`.
    """
    return _encode(
        WireCompletion(
            chat_id(),
            "chat.completion",
            now(),
            model,
            [_choice(choice, legacy) for choice in answer.choices],
            wire_usage(answer.usage or Usage()),
            answer.system_fingerprint or UNSET,
        )
    )


def _choice(choice: Choice, legacy: bool) -> WireChoice:
    said = choice.message
    calls = said.tool_calls
    message = WireMessage(
        "assistant",
        said.content,
        said.refusal,
        reasoning_content=UNSET if said.reasoning_content is None else said.reasoning_content,
        annotations=UNSET if said.annotations is None else said.annotations,
        audio=UNSET if said.audio is None else said.audio,
    )
    finish = finish_of(choice.finish_reason, bool(calls))
    if calls and legacy:
        message.function_call = _function(calls[0])
        finish = "function_call" if finish == "tool_calls" else finish
    elif calls:
        message.tool_calls = [WireToolCall(call.id, "function", _function(call)) for call in calls]
    return WireChoice(choice.index, message, choice.logprobs, finish)


def _function(call: ToolCall) -> WireFunction:
    return WireFunction(call.function.name, call.function.arguments)


def text_completion(answer: TextCompletion, model: str) -> bytes:
    """The body of a whole text completion."""
    return wire.text_completion(answer, model, text_id())


def embeddings(answer: Embeddings, model: str) -> bytes:
    """The body of an embeddings answer. An upstream's vectors are copied as they came, since they can be megabytes."""
    data: Any = answer.data
    if not isinstance(data, Raw):
        data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(data)]
    tokens = (answer.usage or Usage()).prompt_tokens
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _encode({"object": "list", "data": data, "model": model, "usage": usage})
