"""What a call asks of its deployment's backend, for each kind of work and way to be answered."""

from collections.abc import AsyncGenerator, Awaitable
from typing import cast

from zaffre.core.chat import ChatRequest, Chunk, Completion, CompletionRequest, TextCompletion
from zaffre.core.embeddings import Embeddings, EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.core.ports import Chats, Completes, Embeds, EmbedsImages
from zaffre.gateway.call import Call


def chat(call: Call[ChatRequest]) -> Awaitable[Completion]:
    return cast(Chats, call.deployment.backend).chat(call.request)


def chat_stream(call: Call[ChatRequest]) -> AsyncGenerator[list[Chunk], None]:
    return cast(Chats, call.deployment.backend).chat_stream(call.request)


def complete(call: Call[CompletionRequest]) -> Awaitable[TextCompletion]:
    return cast(Completes, call.deployment.backend).complete(call.request)


def complete_stream(call: Call[CompletionRequest]) -> AsyncGenerator[list[TextCompletion], None]:
    return cast(Completes, call.deployment.backend).complete_stream(call.request)


def embed(call: Call[EmbeddingsRequest]) -> Awaitable[Embeddings]:
    return cast(Embeds, call.deployment.backend).embed(call.request)


def embed_images(call: Call[ImageEmbeddingsRequest]) -> Awaitable[Embeddings]:
    return cast(EmbedsImages, call.deployment.backend).embed_images(call.request)
