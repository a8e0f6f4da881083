"""Jina's embeddings of images. Its embeddings of texts are a row of the OpenAI dialect.

Reference: https://api.jina.ai/redoc
"""

import msgspec
from msgspec import Raw

from zaffre.core.embeddings import ImageEmbeddingsRequest, ImageInput
from zaffre.core.errors import UnsupportedParameters, unsupported
from zaffre.providers.codec import HttpRequest
from zaffre.providers.openai_embeddings import VectorApi


class JinaImages(VectorApi, frozen=True, kw_only=True):
    """Images to vectors; a text beside an image would be an input of its own there, so it is refused."""

    path: str = "/embeddings"

    def encode(self, request: ImageEmbeddingsRequest, model: str) -> HttpRequest:
        documents = [_document(place, item) for place, item in enumerate(request.known.input)]
        return self.request(request, {**request.fields, "input": Raw(msgspec.json.encode(documents))}, model)


def _document(place: int, item: ImageInput) -> dict[str, str]:
    if item.text is not None:
        raise UnsupportedParameters(
            [unsupported("text", item.text, "The model takes images without text.", "input", str(place), "text")]
        )
    return {"image": base64_of(item.image)}


def base64_of(url: str) -> str:
    """The bytes of a data URL in base64, as the vendor takes them; any other URL as it is."""
    head, comma, data = url.partition(";base64,")
    return data if comma and head.startswith("data:") else url
