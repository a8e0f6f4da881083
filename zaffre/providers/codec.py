"""What a provider defines: pure encoding and decoding, values in, values out.

No socket, clock, environment or logging here; `providers.backend` carries the bytes. A provider has an ability by
having a codec for it.
"""

from collections.abc import Mapping
from typing import Literal, Protocol, TypeVar

from msgspec import Raw, Struct

from zaffre.core.chat import ChatRequest, Chunk, Completion, CompletionRequest, TextCompletion
from zaffre.core.embeddings import Embeddings, EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.providers.overflow import OverflowSigns

Q_contra = TypeVar("Q_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)
E = TypeVar("E")


class HttpRequest(Struct, frozen=True):
    """One POST of JSON."""

    target: str
    """Path below the connection's base URL, percent-encoded."""
    body: bytes
    headers: bytes = b""
    """Fields of this request alone, as `name: value\\r\\n` lines."""


class ErrorInBody(Exception):
    """An error object where an answer was due: in a body of status 200, or in the middle of a stream."""

    def __init__(self, status: int | None, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        """What the object says of itself; None where it does not say."""
        self.body = body
        """The object, as an upstream would have sent it with that status."""


class StreamDecoder(Protocol[E]):
    """Decodes one stream; made anew for each."""

    @property
    def complete(self) -> bool:
        """The answer is whole: the stream may end here."""
        ...

    over: bool
    """The stream said that nothing more will come."""

    def feed(self, events: list[bytes]) -> list[E]:
        """The events that arrived together, decoded. Raises ErrorInBody, UpstreamError."""
        ...

    def read(self, text: bytes) -> list[E]:
        """The same of a text of whole events, as `net.sse.EventDecoder.feed_text` gives it. Events that say no more
        together than one by one may be one."""
        ...

    def whole(self, body: bytes) -> list[E]:
        """The events that a whole answer amounts to, which some servers give although asked to stream. Raises
        ErrorInBody, UpstreamError."""
        ...


class GeneratingCodec(Protocol[Q_contra, A_co, E]):
    """Whole answers and streams of them."""

    @property
    def unsupported(self) -> frozenset[str]:
        """API parameters the vendor cannot do, whatever the model."""
        ...

    def encode(self, request: Q_contra, model: str, stream: bool) -> HttpRequest:
        """`model` is the vendor's name for it."""
        ...

    def decode(self, body: bytes) -> A_co:
        """Raises ErrorInBody, UpstreamError."""
        ...

    def decoder(self) -> StreamDecoder[E]: ...


class EmbeddingCodec(Protocol[Q_contra]):
    """Inputs to vectors."""

    @property
    def unsupported(self) -> frozenset[str]:
        """API parameters the vendor cannot do, whatever the model."""
        ...

    def encode(self, request: Q_contra, model: str) -> HttpRequest:
        """Raises UnsupportedParameters for a value that neither the vendor nor we can do."""
        ...

    def decode(self, body: bytes, request: Q_contra) -> Embeddings:
        """Vectors in the encoding that `request` asks for. Raises ErrorInBody, UpstreamError."""
        ...


ChatCodec = GeneratingCodec[ChatRequest, Completion, Chunk]
TextCodec = GeneratingCodec[CompletionRequest, TextCompletion, TextCompletion]
TextEmbeddingCodec = EmbeddingCodec[EmbeddingsRequest]
ImageEmbeddingCodec = EmbeddingCodec[ImageEmbeddingsRequest]

Fields = dict[str, Raw]

Auth = Literal["bearer", "api-key", "both"]
"""`Authorization: Bearer KEY`, `api-key: KEY`, or both, as the Azure SDKs send it."""


class Provider(Struct, frozen=True, kw_only=True):
    """A row: where a vendor lives, how it is asked, and in what it differs. Silence is the conservative default."""

    title: str
    docs: str
    """Link to the vendor's reference, where the row's differences are written."""
    home: str | None = None
    """Base URL where the connection names none."""
    elsewhere: str | None = None
    """The row that holds for this vendor's dialect at another address than home."""
    auth: Auth = "bearer"
    api_version: str | None = None
    """Sent as the query `api-version`; a connection may name another."""
    chat: ChatCodec | None = None
    completions: TextCodec | None = None
    embeddings: TextEmbeddingCodec | None = None
    image_embeddings: ImageEmbeddingCodec | None = None
    relayed: Mapping[str, str] = {}
    """Routes of images and audio that are handed on as they come -> their paths here."""
    overflow: OverflowSigns = OverflowSigns()
    note: str = ""
    """For the table in the docs: the difference that users meet."""
