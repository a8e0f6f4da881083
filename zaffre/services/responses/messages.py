"""From a conversation's items to the chat messages that say the same."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Raw

from zaffre.core.errors import BadRequest
from zaffre.services.responses.items import (
    ChatText,
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputFile,
    InputImage,
    InputText,
    Message,
    OutputText,
    Part,
    Refusal,
    item_of,
)

ChatMessage = dict[str, Any]


def messages_of(items: Iterable[Raw]) -> list[ChatMessage]:
    """The messages, in order.

    What a model thought is left out: chat has no place for it that all servers know, and strict ones refuse the
    message that brings it.

    Raises:
        BadRequest: the output of a call that nobody made.
    """
    history = _History()
    for raw in items:
        match item_of(raw):
            case Message(role="assistant") as item:
                history.answer(_parts(item.content))
            case Message() as item:
                history.say({"role": item.role, "content": _content(_parts(item.content))})
            case FunctionCall() as item:
                history.call(item)
            case FunctionCallOutput() as item:
                history.output(item)
    return history.messages


class _History:
    """The messages so far. What an assistant says and calls in one turn is one message, as servers expect it."""

    def __init__(self) -> None:
        self._said: list[ChatMessage] = []
        self._turn: ChatMessage | None = None
        """The message last said, while it is an assistant's; its content is in parts."""
        self._called: set[str] = set()

    @property
    def messages(self) -> list[ChatMessage]:
        return [_written(message) if message["role"] == "assistant" else message for message in self._said]

    def say(self, message: ChatMessage) -> None:
        self._said.append(message)
        self._turn = None

    def answer(self, parts: Sequence[ChatMessage]) -> None:
        # A text after a call belongs to it: what the call's output follows has to be the message of the call.
        turn = self._turn
        if turn is None or not turn["tool_calls"]:
            turn = self._begin()
        turn["content"] += parts

    def call(self, item: FunctionCall) -> None:
        turn = self._turn or self._begin()
        function = {"name": item.name, "arguments": item.arguments}
        turn["tool_calls"].append({"id": item.call_id, "type": "function", "function": function})
        self._called.add(item.call_id)

    def output(self, item: FunctionCallOutput) -> None:
        if item.call_id not in self._called:
            raise BadRequest(f"No tool call found for function call output with call_id {item.call_id}.", param="input")
        self.say({"role": "tool", "tool_call_id": item.call_id, "content": _content(_parts(item.output))})

    def _begin(self) -> ChatMessage:
        turn: ChatMessage = {"role": "assistant", "content": [], "tool_calls": []}
        self._said.append(turn)
        self._turn = turn
        return turn


def _written(turn: ChatMessage) -> ChatMessage:
    """An assistant's message with what it has."""
    message: ChatMessage = {"role": "assistant"}
    if turn["content"] or not turn["tool_calls"]:
        message["content"] = _content(turn["content"])
    return message | ({"tool_calls": turn["tool_calls"]} if turn["tool_calls"] else {})


def _parts(content: str | list[Part]) -> list[ChatMessage]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [_part(part) for part in content]


def _part(part: Part) -> ChatMessage:
    match part:
        case InputText() | OutputText() | ChatText():
            return {"type": "text", "text": part.text}
        case Refusal():
            return {"type": "refusal", "refusal": part.refusal}
        case InputImage():
            # Chat's own way of detail is `auto`.
            detail = {} if part.detail in (None, "auto") else {"detail": part.detail}
            return {"type": "image_url", "image_url": {"url": part.image_url, **detail}}
        case InputFile():
            name = {} if part.filename is None else {"filename": part.filename}
            return {"type": "file", "file": {**name, "file_data": part.file_data}}
        case InputAudio():
            return {"type": "input_audio", "input_audio": part.input_audio}


def _content(parts: list[ChatMessage]) -> str | list[ChatMessage]:
    """Content in chat's simplest form, since some servers know no other: texts by themselves are one string."""
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return "\n".join(texts) if len(texts) == len(parts) else parts
