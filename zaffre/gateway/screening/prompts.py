"""What of a request is shown to a content filter.

In a chat that is the latest message of the user: those before it were checked when they were the latest. Documents
stand between tags in a message, and what tools answered comes after it.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter-document-embedding
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from zaffre.core.chat import (
    ChatRequest,
    CompletionRequest,
    DeveloperMessage,
    SystemMessage,
    TextInput,
    ToolMessage,
    UserMessage,
    text_of,
)
from zaffre.core.openai import FunctionMessage
from zaffre.core.screening import Prompt
from zaffre.gateway.parameters import ModelRequest

_OPENING: Final = re.compile(r'"""\s{0,20}<documents>')
_CLOSING: Final = re.compile(r'</documents>\s{0,20}"""')


def prompts(request: ModelRequest, *, documents: bool) -> list[Prompt]:
    """One for each prompt or input. Token ids are no text that anybody could read.

    Args:
        documents: those are wanted apart from the text that they stand in.
    """
    if isinstance(request, ChatRequest):
        return [_of_chat(request.known.messages, documents)]
    if isinstance(request, CompletionRequest):
        suffix = getattr(request.known, "suffix", None)
        return [Prompt(f"{text}\n{suffix}" if suffix else text) for text in _texts(request.known.prompt)]
    known: Any = request.known
    if isinstance(known.input, str | list) and all(isinstance(item, str | int | list) for item in known.input):
        return [Prompt(text) for text in _texts(known.input)]
    return [Prompt(item.text or "") for item in known.input]


def _texts(given: TextInput) -> list[str]:
    items: Iterable[object] = [given] if isinstance(given, str) else given
    return [item for item in items if isinstance(item, str)]


def _of_chat(messages: Sequence[Any], apart: bool) -> Prompt:
    latest = max((place for place, each in enumerate(messages) if isinstance(each, UserMessage)), default=-1)
    text = text_of(messages[latest].content) if latest >= 0 else ""
    if not apart:
        return Prompt(text)
    found = [_answered(each) for each in messages[latest + 1 :] if isinstance(each, ToolMessage | FunctionMessage)]
    for each in messages:
        if isinstance(each, SystemMessage | DeveloperMessage):
            found += _taken_apart(text_of(each.content))[1]
    text, documents = _taken_apart(text)
    return Prompt(text, [document for document in (*found, *documents) if document.strip()])


def _taken_apart(text: str) -> tuple[str, list[str]]:
    """A text without the documents in it, and those. Each is looked for once, however many tags stay open."""
    rest: list[str] = []
    documents: list[str] = []
    start = 0
    while (opening := _OPENING.search(text, start)) and (closing := _CLOSING.search(text, opening.end())):
        rest.append(text[start : opening.start()])
        documents.append(text[opening.end() : closing.start()])
        start = closing.end()
    return "".join([*rest, text[start:]]), documents


def _answered(message: ToolMessage | FunctionMessage) -> str:
    return text_of(message.content)
