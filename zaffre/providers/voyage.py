"""Voyage's multimodal embeddings. Its embeddings of texts are a row of the OpenAI dialect.

Reference: https://docs.voyageai.com/reference/multimodal-embeddings-api
"""

from typing import Any

import msgspec
from msgspec import Raw

from zaffre.core.embeddings import ImageEmbeddingsRequest, ImageInput
from zaffre.providers.codec import HttpRequest
from zaffre.providers.openai_embeddings import VectorApi


class VoyageImages(VectorApi, frozen=True, kw_only=True):
    """Images, with or without a text each, to vectors."""

    path: str = "/multimodalembeddings"

    def encode(self, request: ImageEmbeddingsRequest, model: str) -> HttpRequest:
        contents = [{"content": _content(item)} for item in request.known.input]
        fields = {name: value for name, value in request.fields.items() if name != "input"}
        return self.request(request, {**fields, "inputs": Raw(msgspec.json.encode(contents))}, model)


def _content(item: ImageInput) -> list[dict[str, Any]]:
    kind = "image_base64" if item.image.startswith("data:") else "image_url"
    image = {"type": kind, kind: item.image}
    return [image] if item.text is None else [{"type": "text", "text": item.text}, image]
