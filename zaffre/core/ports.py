"""Ports: what the gateway asks of a backend, whoever implements it.

A backend has an ability by having the methods. It is bound to one deployment, so it knows its model. It answers in
the values of `core`, raises only `core.errors`, and stops working for a caller as soon as the awaiting task is
cancelled or the stream is closed.
"""

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from zaffre.core.chat import (
    ChatRequest,
    Chunk,
    Completion,
    CompletionRequest,
    TextCompletion,
)
from zaffre.core.embeddings import Embeddings, EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.core.modality import Modality
from zaffre.core.relay import Passage, Relayed


@runtime_checkable
class Backend(Protocol):
    """Anything that answers for a model."""

    @property
    def unsupported(self) -> frozenset[str]:
        """Names of API parameters that this backend cannot do."""
        ...

    def extras(self, modality: Modality) -> frozenset[str] | None:
        """Names of parameters beyond the Inference API's that this backend can do. None: that is the business of a
        server behind it, which may know any."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Chats(Protocol):
    async def chat(self, request: ChatRequest) -> Completion: ...

    def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        """Chunks in lists, one list for what arrived together, so that they can be written together."""
        ...


@runtime_checkable
class Completes(Protocol):
    async def complete(self, request: CompletionRequest) -> TextCompletion: ...

    def complete_stream(self, request: CompletionRequest) -> AsyncGenerator[list[TextCompletion], None]: ...


@runtime_checkable
class Embeds(Protocol):
    async def embed(self, request: EmbeddingsRequest) -> Embeddings: ...


@runtime_checkable
class EmbedsImages(Protocol):
    async def embed_images(self, request: ImageEmbeddingsRequest) -> Embeddings: ...


@runtime_checkable
class Relays(Protocol):
    @property
    def relayed(self) -> frozenset[str]:
        """The routes that are handed on."""
        ...

    async def relay(self, passage: Passage) -> Relayed: ...
