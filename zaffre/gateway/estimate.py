"""Usage by our own count, for backends that do not report theirs. Always marked `estimated`."""

from collections.abc import Iterable
from typing import Any, cast

from zaffre.core.chat import (
    AssistantMessage,
    ChatRequest,
    Chunk,
    Completion,
    CompletionRequest,
    Delta,
    TextCompletion,
    TextInput,
    Usage,
    text_of,
)
from zaffre.core.embeddings import EmbeddingsRequest, ImageEmbeddingsRequest

CHARACTERS_PER_TOKEN = 4
"""English prose under the common byte-pair vocabularies; the rule of thumb their publishers give."""


def tokens(characters: int) -> int:
    """How many tokens that much text is, at least 1."""
    return -(-characters // CHARACTERS_PER_TOKEN) or 1


def usage(prompt_characters: int, completion_characters: int | None) -> Usage:
    """Usage of a call; `completion_characters` is None where nothing is generated (embeddings)."""
    prompt = tokens(prompt_characters)
    completion = 0 if completion_characters is None else tokens(completion_characters)
    return Usage(prompt, completion, prompt + completion, estimated=True)


def prompt_characters(request: ChatRequest | CompletionRequest | EmbeddingsRequest | ImageEmbeddingsRequest) -> int:
    """How long the input is. Token ids count as one token each, images as nothing we can know."""
    match request:
        case ChatRequest():
            return _of_messages(request.known.messages)
        case CompletionRequest():
            return _of_texts(request.known.prompt)
        case EmbeddingsRequest():
            return _of_texts(request.known.input)
        case ImageEmbeddingsRequest():
            return sum(len(item.text or "") for item in request.known.input)


def _of_messages(messages: Iterable[Any]) -> int:
    length = 0
    for message in messages:
        content = message.content
        # Nearly every one is plain text.
        length += len(content) if type(content) is str else len(text_of(content))
        if isinstance(message, AssistantMessage):
            length += sum(len(str(call.function.arguments)) for call in message.tool_calls or ())
    return length


def _of_texts(texts: TextInput) -> int:
    if isinstance(texts, str):
        return len(texts)
    if isinstance(texts[0], str):
        # All are of one kind, and there may be thousands.
        return sum(map(len, cast(list[str], texts)))
    return CHARACTERS_PER_TOKEN * sum(len(ids) if isinstance(ids, list) else 1 for ids in texts)


def length_of(events: Iterable[Chunk | TextCompletion]) -> int:
    """Characters in events of a stream. Nearly every one is plain text."""
    length = 0
    for event in events:
        if isinstance(event, TextCompletion):
            length += sum(len(choice.text) for choice in event.choices)
            continue
        for choice in event.choices:
            content = choice.delta.content
            length += len(content) if content else _length_of_others(choice.delta)
    return length


def _length_of_others(delta: Delta) -> int:
    length = len(delta.reasoning_content or "")
    if delta.tool_calls is not None:
        length += sum(len(call.function.arguments or "") for call in delta.tool_calls if call.function)
    return length


def written_in(answer: object) -> int | None:
    """Characters of a whole answer; None where nothing is generated (embeddings)."""
    match answer:
        case Completion():
            return sum(_length_of_message(choice.message) for choice in answer.choices)
        case TextCompletion():
            return sum(len(choice.text) for choice in answer.choices)
    return None


def _length_of_message(message: Any) -> int:
    calls = sum(len(call.function.arguments) for call in message.tool_calls or ())
    return len(message.content or "") + len(message.reasoning_content or "") + calls
