"""Usage by our own count: of calls whose backend does not report it, always marked `estimated`; and, before a call, of
what it may come to."""

from typing import Any, Final

from zaffre.core.chat import (
    AssistantMessage,
    ChatRequest,
    ChunkChoice,
    Completion,
    CompletionRequest,
    TextChoice,
    TextCompletion,
    TextInput,
    Usage,
    text_of,
)
from zaffre.core.embeddings import EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.gateway.fields import Fields

CHARACTERS_PER_TOKEN = 4
"""English prose under the common byte-pair vocabularies; the rule of thumb their publishers give."""
_MOST: Final = 2.0**31
"""Tokens: more than any call can ask for."""


def tokens(characters: int) -> int:
    """How many tokens that much text is, at least 1."""
    return max(1, -(-characters // CHARACTERS_PER_TOKEN))


def usage(prompt_characters: int, completion_characters: int | None) -> Usage:
    """Usage of a call; `completion_characters` is None where nothing is generated (embeddings)."""
    prompt = tokens(prompt_characters)
    completion = 0 if completion_characters is None else tokens(completion_characters)
    return Usage(prompt, completion, prompt + completion, estimated=True)


def needed(request: ChatRequest | CompletionRequest | EmbeddingsRequest | ImageEmbeddingsRequest, assumed: int) -> int:
    """Tokens that a call may come to: its prompt, and the most that it may be answered with.

    Args:
        assumed: tokens of an answer where the call names no maximum.
    """
    prompt = tokens(prompt_characters(request))
    if not isinstance(request, ChatRequest | CompletionRequest):
        return prompt
    fields = request.fields
    most = _said(fields, "max_completion_tokens")
    if most is None:
        most = request.known.max_tokens
    if most is None:
        most = assumed
    answers = max(_said(fields, "n") or 1, _said(fields, "best_of") or 1)
    if isinstance(request, CompletionRequest):
        answers *= _prompts(request.known.prompt)
    return prompt + most * answers


def _said(fields: Fields, name: str) -> int | None:
    """A number that a field of the body says, even one that the surface does not know and passes through."""
    raw = fields.get(name)
    if raw is None:
        return None
    try:
        return int(min(max(float(bytes(raw)), 0.0), _MOST))
    except ValueError:
        return None


def _prompts(prompt: TextInput) -> int:
    """How many texts are to be completed; token ids by themselves are one."""
    return 1 if isinstance(prompt, str) or isinstance(prompt[0], int) else len(prompt)


def prompt_characters(request: ChatRequest | CompletionRequest | EmbeddingsRequest | ImageEmbeddingsRequest) -> int:
    """How long the input is. Token ids count as one token each, images as nothing we can know."""
    match request:
        case ChatRequest():
            return sum(_of_message(message) for message in request.known.messages)
        case CompletionRequest():
            return _of_texts(request.known.prompt)
        case EmbeddingsRequest():
            return _of_texts(request.known.input)
        case ImageEmbeddingsRequest():
            return sum(len(item.text or "") for item in request.known.input)


def _of_message(message: object) -> int:
    length = len(text_of(getattr(message, "content", None)))
    if isinstance(message, AssistantMessage):
        length += sum(len(str(call.function.arguments)) for call in message.tool_calls or ())
    return length


def _of_texts(texts: TextInput) -> int:
    if isinstance(texts, str):
        return len(texts)
    return sum(_of_item(item) for item in texts)


def _of_item(item: str | int | list[int]) -> int:
    if isinstance(item, str):
        return len(item)
    return CHARACTERS_PER_TOKEN * (len(item) if isinstance(item, list) else 1)


def length_of_text(choice: TextChoice) -> int:
    """Characters in one choice of a text completion's event."""
    return len(choice.text)


def length_of_delta(choice: ChunkChoice) -> int:
    """Characters in one choice of an event. Nearly every one is plain text."""
    delta = choice.delta
    if delta.content:
        return len(delta.content)
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
