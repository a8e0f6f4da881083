"""The backend of a deployment whose model turns texts into vectors."""

import array
import sys
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct, field

from zaffre.core.chat import Usage
from zaffre.core.embeddings import Embedding, Embeddings, EmbeddingsParameters, EmbeddingsRequest, EncodingFormat
from zaffre.core.errors import (
    BadRequest,
    ContextOverflow,
    UnsupportedParameters,
    UpstreamError,
    unsupported,
)
from zaffre.core.modality import Modality
from zaffre.core.vectors import CONVERTIBLE, written
from zaffre.engine.local.answer import EngineError, failure, plus
from zaffre.engine.local.lease import Leased
from zaffre.engine.local.llama import Llama, Refused

_AT_ONCE: Final = 16
"""Texts that the engine gets in one piece: in between, others have their turn and a caller who left is noticed."""
_SHORT: Final = 64
"""Characters that fit into any context."""


class _Vector(Struct):
    embedding: str
    """Base64 of little-endian float32."""
    index: int = 0


class _Answer(Struct):
    data: list[_Vector] = []
    usage: Usage = field(default_factory=Usage)
    error: EngineError | None = None


_answer: Final = msgspec.json.Decoder(_Answer)


class LocalEmbedder(Leased):
    """A local embedding model. Its vectors have length one."""

    def extras(self, modality: Modality) -> frozenset[str]:
        """None: whose call it is changes no vector."""
        return frozenset()

    async def embed(self, request: EmbeddingsRequest) -> Embeddings:
        """
        Raises:
            ContextOverflow, BadRequest, UnsupportedParameters: the request does not fit the model.
            Overloaded: the model is still loading, or too many calls wait for it.
            UpstreamMisconfigured: the model could not be loaded.
            UpstreamError: it failed.
        """
        texts = request.known.texts()
        encoding = _encoding(request.known)
        llama = await self._lease.ready()
        vectors: list[Embedding] = []
        usage: Usage | None = None
        for start in range(0, len(texts), _AT_ONCE):
            answer = await self._embedded(llama, texts[start : start + _AT_ONCE])
            vectors += [_decoded(vector, encoding) for vector in sorted(answer.data, key=lambda vector: vector.index)]
            usage = plus(usage, answer.usage)
        return Embeddings(vectors, usage)

    async def _embedded(self, llama: Llama, texts: Sequence[str]) -> _Answer:
        answer = await self._asked(llama, texts)
        if answer.error is None:
            return answer
        error = failure(answer.error, "input")
        if isinstance(error, UpstreamError) and await self._is_well(llama, texts):
            raise ContextOverflow(f"One of the texts is longer than the model's {self.context} tokens.", param="input")
        raise error

    async def _is_well(self, llama: Llama, texts: Sequence[str]) -> bool:
        # llama.cpp says "500" of a text that is too long, as of any failure of its own. If the beginnings of the same
        # texts can be embedded, it was the length.
        return (await self._asked(llama, [text[:_SHORT] for text in texts])).error is None

    async def _asked(self, llama: Llama, texts: Sequence[str]) -> _Answer:
        body = msgspec.json.encode({"input": texts, "encoding_format": "base64"})
        try:
            return _answer.decode(await self._lease.engine.embed(llama, body))
        except Refused as refused:
            raise BadRequest(str(refused)) from refused


def _encoding(known: EmbeddingsParameters) -> EncodingFormat:
    encoding = known.encoding_format or "float"
    if encoding not in CONVERTIBLE:
        why = f"The model does not support encoding_format {encoding}."
        raise UnsupportedParameters([unsupported("encoding_format", encoding, why)])
    return encoding


def _decoded(vector: _Vector, encoding: EncodingFormat) -> Embedding:
    if encoding == "base64":
        return vector.embedding
    numbers = array.array("f", b64decode(vector.embedding))
    if sys.byteorder == "big":
        numbers.byteswap()
    return written(numbers.tolist(), encoding)
