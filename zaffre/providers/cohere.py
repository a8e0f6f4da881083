"""Cohere's Embed API, version 2: texts, images, and images with a text.

Reference: https://docs.cohere.com/reference/embed
"""

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import Usage
from zaffre.core.embeddings import Embeddings, EmbeddingsRequest, EncodingFormat, ImageEmbeddingsRequest
from zaffre.core.errors import UpstreamError
from zaffre.providers import lenient
from zaffre.providers.codec import HttpRequest
from zaffre.providers.lenient import DECODING_FAILED, UNREADABLE
from zaffre.providers.openai_embeddings import EmbeddingsOf, extras, wire_format

PATH: Final = "/v2/embed"
FORMATS: Final[frozenset[EncodingFormat]] = frozenset({"float", "base64", "int8", "uint8", "binary", "ubinary"})
INPUT_TYPES: Final = {"query": "search_query", "document": "search_document"}
TEXT: Final = "search_document"
"""For `text`, since the vendor requires an input type: https://docs.cohere.com/docs/embeddings#the-input_type-parameter"""
IMAGE: Final = "image"
"""For images of which nothing is said, likewise."""

_encode: Final = msgspec.json.Encoder().encode


class CohereTexts(Struct, frozen=True):
    """Texts to vectors."""

    unsupported: frozenset[str] = frozenset()

    def encode(self, request: EmbeddingsRequest, model: str) -> HttpRequest:
        return _request(request, model, TEXT, {"texts": request.known.texts()})

    def decode(self, body: bytes, request: EmbeddingsRequest) -> Embeddings:
        return _decode(body, request)


class CohereImages(Struct, frozen=True):
    """Images, with or without a text each, to vectors."""

    unsupported: frozenset[str] = frozenset()

    def encode(self, request: ImageEmbeddingsRequest, model: str) -> HttpRequest:
        given = request.known.input
        if any(item.text is not None for item in given):
            inputs = [{"content": _parts(item.text, item.image)} for item in given]
            return _request(request, model, TEXT, {"inputs": inputs})
        return _request(request, model, IMAGE, {"images": [item.image for item in given]})

    def decode(self, body: bytes, request: ImageEmbeddingsRequest) -> Embeddings:
        return _decode(body, request)


class _BilledUnits(Struct):
    input_tokens: float | None = None
    text_tokens: float | None = None
    image_tokens: float | None = None


class _Meta(Struct):
    billed_units: _BilledUnits | None = None


class _Answer(Struct):
    embeddings: dict[str, Raw]
    meta: _Meta | None = None


_answer: Final = msgspec.json.Decoder(_Answer)
_vectors: Final = msgspec.json.Decoder(list[list[float]])
_integers: Final = msgspec.json.Decoder(list[list[int]])
_strings: Final = msgspec.json.Decoder(list[str])
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {"float": _vectors, "base64": _strings}


def _request(request: EmbeddingsOf, model: str, unspecified: str, inputs: dict[str, Any]) -> HttpRequest:
    known = request.known
    body = {
        **extras(request),
        "model": model,
        "input_type": INPUT_TYPES.get(known.input_type or "text", unspecified),
        "embedding_types": [wire_format(request, FORMATS)],
        **inputs,
    }
    if known.dimensions is not None:
        body["output_dimension"] = known.dimensions
    return HttpRequest(PATH, _encode(body))


def _parts(text: str | None, image: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": image}}]
    return parts if text is None else [{"type": "text", "text": text}, *parts]


def _decode(body: bytes, request: EmbeddingsOf) -> Embeddings:
    wire = wire_format(request, FORMATS)
    try:
        answer = _answer.decode(body)
        vectors = _DECODERS.get(wire, _integers).decode(answer.embeddings[wire])
    except (*DECODING_FAILED, KeyError) as error:
        lenient.answer_object(body)
        raise UpstreamError(UNREADABLE) from error
    return Embeddings(vectors, _usage(answer.meta))


def _usage(meta: _Meta | None) -> Usage | None:
    billed = meta and meta.billed_units
    if not billed:
        return None
    tokens = int((billed.input_tokens or billed.text_tokens or 0) + (billed.image_tokens or 0))
    return Usage(tokens, 0, tokens) if tokens else None
