"""The OpenAI dialect's embeddings, and the differences of the vendors that share its shape."""

import re
import struct
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import Usage
from zaffre.core.embeddings import (
    Embedding,
    Embeddings,
    EmbeddingsRequest,
    EncodingFormat,
    ImageEmbeddingsRequest,
)
from zaffre.core.errors import UnsupportedParameters, UpstreamError, unsupported
from zaffre.core.vectors import CONVERTIBLE, written
from zaffre.providers import lenient
from zaffre.providers.answers import embedding_usage
from zaffre.providers.codec import Fields, HttpRequest
from zaffre.providers.lenient import DECODING_FAILED, UNREADABLE
from zaffre.providers.model_path import target
from zaffre.providers.openai import PASS_THROUGH

EmbeddingsOf = EmbeddingsRequest | ImageEmbeddingsRequest

_encode: Final = msgspec.json.Encoder().encode
_FIRST_VECTOR: Final = re.compile(rb'"embedding"\s*:\s*(["\[])')
_INDEX: Final = re.compile(rb'"index"')


class VectorApi(Struct, frozen=True, kw_only=True):
    """APIs that answer with `data: [{index, embedding}]`, and how their requests may differ."""

    path: str
    """Below the base URL; `{model}` is replaced by the model's name."""
    formats: frozenset[EncodingFormat] = frozenset({"float"})
    """What the vendor itself writes. Of the others we make what can be made of floats, and refuse the rest."""
    format_fields: Mapping[EncodingFormat, str] = {}
    """The vendor's field for asking for a format, where it is not `encoding_format`."""
    input_types: Mapping[str, str] = {}
    """The API's `input_type` -> the vendor's word. `text`, the default, is left out where it has none."""
    input_type_field: str = "input_type"
    renames: Mapping[str, str] = {}
    """The API's name of a field -> the vendor's."""
    passes_policy_on: bool = False
    """The vendor knows the header `extra-parameters` itself."""

    @property
    def unsupported(self) -> frozenset[str]:
        return frozenset() if self.input_types else frozenset({"input_type"})

    def request(self, request: EmbeddingsOf, fields: Fields, model: str) -> HttpRequest:
        """The request with these fields, as far as they are not the vendor's to name."""
        body: dict[str, Any] = {**fields, "model": model}
        body.pop("encoding_format", None)
        body.pop("input_type", None)
        wire = wire_format(request, self.formats)
        if wire != "float":
            body[self.format_fields.get(wire, "encoding_format")] = wire
        input_type = vendor_input_type(request, self.input_types)
        if input_type is not None:
            body[self.input_type_field] = input_type
        for name, other in self.renames.items():
            if name in body:
                body[other] = body.pop(name)
        headers = PASS_THROUGH if self.passes_policy_on and request.pass_through else b""
        return HttpRequest(target(self.path, model), _encode(body), headers)

    def decode(self, body: bytes, request: EmbeddingsOf) -> Embeddings:
        """The vendor's `data` as it came, where it has the encoding asked for: trusted to be in order, not looked
        through, because it can be megabytes. Where it has not, the vectors are put in order and written anew."""
        try:
            answer = _answer.decode(body)
        except DECODING_FAILED:
            answer = _loosely(body)
        usage = None if answer.usage is None else embedding_usage(answer.usage)
        asked = request.known.encoding_format or "float"
        first = _FIRST_VECTOR.search(answer.data)
        if first is None:
            raise UpstreamError(UNREADABLE)
        is_as_asked = (first[1] == b'"') == (asked == "base64") and wire_format(request, self.formats) == asked
        if is_as_asked and _INDEX.search(answer.data):
            return Embeddings(answer.data, usage)
        vectors = in_order(answer.data, _count(request))
        return Embeddings([written(vector, asked) for vector in vectors], usage)


class VectorEmbeddings(VectorApi, frozen=True, kw_only=True):
    """The dialect's own `/embeddings`, and Azure's `/images/embeddings` beside it."""

    path: str = "/embeddings"

    def encode(self, request: EmbeddingsOf, model: str) -> HttpRequest:
        return self.request(request, request.fields, model)


class _Answer(Struct):
    data: Raw
    usage: Usage | None = None


class _Item(Struct):
    embedding: list[float] | str
    index: int | None = None


_answer: Final = msgspec.json.Decoder(_Answer)


def _loosely(body: bytes) -> _Answer:
    """The slow path: a usage in no known form. Raises ErrorInBody, UpstreamError."""
    fields = lenient.answer_object(body)
    if "data" not in fields:
        raise UpstreamError(UNREADABLE)
    return _Answer(fields["data"], lenient.usage(fields))


_items: Final = msgspec.json.Decoder(list[_Item])


def wire_format(request: EmbeddingsOf, formats: frozenset[EncodingFormat]) -> EncodingFormat:
    """The format to ask a vendor for, who writes `formats`. Raises UnsupportedParameters where none would help."""
    asked = request.known.encoding_format or "float"
    if asked in formats:
        return asked
    if asked in CONVERTIBLE:
        return "float"
    raise UnsupportedParameters(
        [unsupported("encoding_format", asked, f"The model does not support encoding_format {asked}.")]
    )


def vendor_input_type(request: EmbeddingsOf, words: Mapping[str, str]) -> str | None:
    """The vendor's word for the input type asked for, None for nothing to say. Raises UnsupportedParameters."""
    asked = request.known.input_type
    if asked is None or asked in words:
        return words.get(asked or "text")
    if asked == "text":
        return None
    raise UnsupportedParameters([unsupported("input_type", asked, f"The model does not support input_type {asked}.")])


def in_order(data: Raw, count: int) -> list[Sequence[float]]:
    """The vectors of a `data` array, by index, as floats. Raises UpstreamError unless there is one for each input."""
    try:
        items = _items.decode(data)
    except DECODING_FAILED as error:
        raise UpstreamError(UNREADABLE) from error
    places = [place if item.index is None else item.index for place, item in enumerate(items)]
    if sorted(places) != list(range(count)):
        raise UpstreamError(UNREADABLE)
    vectors: list[Sequence[float]] = [()] * count
    for place, item in zip(places, items, strict=True):
        vectors[place] = floats(item.embedding)
    return vectors


def floats(embedding: Embedding) -> Sequence[float]:
    """Numbers, also where they came as base64 of little-endian float32. Raises UpstreamError."""
    if not isinstance(embedding, str):
        return embedding
    try:
        packed = b64decode(embedding, validate=True)
        return struct.unpack(f"<{len(packed) // 4}f", packed)
    except (ValueError, struct.error) as error:
        raise UpstreamError(UNREADABLE) from error


def _count(request: EmbeddingsOf) -> int:
    """How many vectors are due: a string, or one list of token ids, is one input."""
    given = request.known.input
    return 1 if isinstance(given, str) or isinstance(given[0], int) else len(given)


def extras(request: EmbeddingsOf) -> Fields:
    """Fields beyond the API's own, for the vendors whose request is written anew."""
    names = type(request.known).__struct_fields__
    return {name: value for name, value in request.fields.items() if name not in names}
