"""Usage by our own count, for backends that do not report theirs. Always marked `estimated`."""

from zaffre.core.chat import AssistantMessage, ChatRequest, CompletionRequest, TextInput, Usage, text_of
from zaffre.core.embeddings import EmbeddingsRequest, ImageEmbeddingsRequest

CHARACTERS_PER_TOKEN = 4
"""English prose under the common byte-pair vocabularies; the rule of thumb their publishers give."""


def tokens(characters: int) -> int:
    """How many tokens that much text is, at least 1."""
    return max(1, -(-characters // CHARACTERS_PER_TOKEN))


def usage(prompt_characters: int, completion_characters: int | None) -> Usage:
    """Usage of a call; `completion_characters` is None where nothing is generated (embeddings)."""
    prompt = tokens(prompt_characters)
    completion = 0 if completion_characters is None else tokens(completion_characters)
    return Usage(prompt, completion, prompt + completion, estimated=True)


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
