"""A model behind a connection: a provider's codecs, a pool of sockets and a credential, as the core's ports.

One class for each ability; `upstream` puts together those that a provider has, so that asking an object for its ports
gives the truth.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import cache
from typing import Any, Final, Generic, TypeVar, cast

from msgspec import Struct, field

from zaffre.core.chat import ChatRequest, Chunk, Completion, CompletionRequest, TextCompletion
from zaffre.core.embeddings import Embeddings, EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.core.errors import GatewayError, Overloaded, UpstreamError, UpstreamMisconfigured, UpstreamTimeout
from zaffre.core.flow import Flow
from zaffre.core.modality import Modality
from zaffre.core.relay import Passage, Relayed
from zaffre.net.client import Pool, Reply
from zaffre.net.client.request_head import header_block
from zaffre.net.failures import QueueFull, TimedOut, UpstreamFailure
from zaffre.net.sse import EventDecoder
from zaffre.providers.codec import (
    ChatCodec,
    ErrorInBody,
    GeneratingCodec,
    HttpRequest,
    ImageEmbeddingCodec,
    Provider,
    TextCodec,
    TextEmbeddingCodec,
)
from zaffre.providers.model_path import target
from zaffre.providers.redaction import Redaction
from zaffre.providers.refusals import refusal

log = logging.getLogger(__name__)

ERROR_BODY_LIMIT: Final = 1024 * 1024
HANDED_BACK: Final = (b"content-disposition", b"content-encoding")
"""Header fields without which an answer that is handed back cannot be read."""
LINGER: Final = 0.05
"""Seconds in which a stream that has said its last word may end its body, so that its connection can be kept."""

Q = TypeVar("Q")
A = TypeVar("A")
E = TypeVar("E")


class Link(Struct):
    """What the models of one connection share."""

    name: str
    provider: Provider
    pool: Pool
    headers: bytes
    """The connection's fields, rendered once."""
    bare: bytes
    """The same without a content type."""
    query: str
    """Appended to every target: "" or `?name=value`."""
    redact: Redaction
    now: Callable[[], float] = time.time
    ending: set[asyncio.Task[None]] = field(default_factory=set)

    def let_end(self, reply: Reply) -> None:
        """See to the end of a stream that has said its last word, so that its caller need not wait for it."""
        task = asyncio.create_task(_ended(reply))
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)


class Upstream:
    """What every model behind a connection can do: send, and say what came of it."""

    def __init__(self, link: Link, model: str) -> None:
        self._link = link
        self._model = model
        codecs = (link.provider.chat, link.provider.completions, link.provider.embeddings)
        images = link.provider.image_embeddings
        self.unsupported: frozenset[str] = frozenset().union(
            *(codec.unsupported for codec in (*codecs, images) if codec is not None)
        )

    def extras(self, modality: Modality) -> None:
        """The upstream's business: it speaks a dialect in which we know more fields by name than it does, or fewer."""
        return None  # noqa: RET501

    async def close(self) -> None:
        """Nothing to do: the pool belongs to the connection, whose client closes it."""

    async def _whole(self, request: HttpRequest, decode: Callable[[bytes], A]) -> A:
        reply = await self._send(request)
        try:
            return decode(await reply.read())
        except UpstreamFailure as failure:
            raise self._failed(failure) from failure
        except ErrorInBody as error:
            raise self._refused(error.status, reply.headers, error.body) from None
        except UpstreamError as error:
            self._unreadable(error, reply)
            raise
        finally:
            reply.close()

    def _stream(self, codec: GeneratingCodec[Q, Any, E], request: Q) -> "_Events[Q, E]":
        return _Events(self, codec, request)

    async def _send(self, request: HttpRequest, fields: bytes | None = None) -> Reply:
        """The answer to a request, if it is a success.

        Args:
            fields: the connection's, where not those of JSON.
        """
        link = self._link
        common = link.headers if fields is None else fields
        headers = common + request.headers if request.headers else common
        try:
            reply = await link.pool.send("POST", request.target + link.query, headers, request.body)
        except UpstreamFailure as failure:
            raise self._failed(failure) from failure
        if 200 <= reply.status < 300:
            return reply
        try:
            body = await reply.read(ERROR_BODY_LIMIT)
        except UpstreamFailure:
            body = b""
        finally:
            reply.close()
        raise self._refused(reply.status, reply.headers, body)

    def _refused(self, status: int | None, headers: dict[bytes, bytes], body: bytes) -> GatewayError:
        link = self._link
        error = refusal(status, headers, body, signs=link.provider.overflow, redact=link.redact, now=link.now())
        if isinstance(error, UpstreamMisconfigured):
            log.error(
                "connection %s: its upstream answered %d. Check base_url and credential of the connection, and that "
                "the upstream serves the model %r.",
                link.name,
                status,
                self._model,
            )
        elif error.status >= 500:
            log.warning("connection %s: its upstream answered %s", link.name, status or "with an error of no status")
        return error

    def _unreadable(self, error: UpstreamError, reply: Reply) -> None:
        said = (reply.headers.get(name, b"none") for name in (b"content-type", b"content-encoding"))
        kind, coding = (self._link.redact(value).decode("ascii", "replace")[:100] for value in said)
        log.warning("connection %s: %s Content type: %s; coding: %s.", self._link.name, error.message, kind, coding)

    def _failed(self, failure: UpstreamFailure) -> GatewayError:
        log.warning("connection %s: %s", self._link.name, failure)
        if isinstance(failure, TimedOut):
            return UpstreamTimeout()
        if isinstance(failure, QueueFull):
            return Overloaded()
        return UpstreamError()


class _Events(Flow[list[E]], Generic[Q, E]):
    """The events of a streamed answer. The first are to be awaited, which sends the request."""

    __slots__ = ("_codec", "_decoder", "_over", "_reply", "_request", "_text", "_upstream", "more")

    def __init__(self, upstream: Upstream, codec: GeneratingCodec[Q, Any, E], request: Q) -> None:
        self._upstream = upstream
        self._codec = codec
        self._request = request
        self._text, self._decoder = EventDecoder(), codec.decoder()
        self._reply: Reply | None = None
        self._over = False
        self.more = False

    async def __anext__(self) -> list[E]:
        if self._reply is None and not self._over:
            upstream = self._upstream
            self._reply = await upstream._send(self._codec.encode(self._request, upstream._model, True))
        return await super().__anext__()

    def take(self) -> list[E] | None:
        reply, decoder = self._reply, self._decoder
        if reply is None:
            raise StopAsyncIteration
        try:
            while not self._over:
                try:
                    data = reply.take()
                except StopAsyncIteration:
                    answered = self._last()
                else:
                    if data is None:
                        return None
                    answered = decoder.read(self._text.feed_text(data))
                    if decoder.over:
                        self._let_end(reply)
                if answered:
                    self.more = decoder.over or reply.complete
                    return answered
        except UpstreamFailure as failure:
            self.close()
            if not decoder.complete:
                raise self._upstream._failed(failure) from failure
        except ErrorInBody as error:
            self.close()
            raise self._upstream._refused(error.status, reply.headers, error.body) from None
        except UpstreamError as error:
            self.close()
            self._upstream._unreadable(error, reply)
            raise
        raise StopAsyncIteration

    def listen(self, news: Callable[[], None] | None) -> None:
        if self._reply is not None and not self._over:
            self._reply.listen(news)

    def close(self) -> None:
        if not self._over and self._reply is not None:
            self._reply.close()
        self._over = True

    def _last(self) -> list[E]:
        """What came without a blank line behind it, once the body has ended; nothing the second time."""
        decoder, rest = self._decoder, self._text.rest.lstrip()
        events = self._text.end()
        answered = decoder.whole(rest) if rest[:1] == b"{" else decoder.feed(events)
        if not answered:
            self._over = True
            if not decoder.complete:
                raise UpstreamError("The model's server closed its stream early.")
        return answered

    def _let_end(self, reply: Reply) -> None:
        self._over = True
        if not reply.complete:
            reply.listen(None)
            self._upstream._link.let_end(reply)


async def _ended(reply: Reply) -> None:
    try:
        async with asyncio.timeout(LINGER):
            async for _ in reply:
                pass
    except (TimeoutError, UpstreamFailure):
        pass  # the answer is whole; only its connection is lost
    finally:
        reply.close()


class ChatUpstream(Upstream):
    """Chats. Made for providers that have the codec, like the classes below."""

    def chat(self, request: ChatRequest) -> Coroutine[Any, Any, Completion]:
        codec = cast(ChatCodec, self._link.provider.chat)
        return self._whole(codec.encode(request, self._model, False), codec.decode)

    def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        return self._stream(cast(ChatCodec, self._link.provider.chat), request)


class TextUpstream(Upstream):
    """Completes texts."""

    def complete(self, request: CompletionRequest) -> Coroutine[Any, Any, TextCompletion]:
        codec = cast(TextCodec, self._link.provider.completions)
        return self._whole(codec.encode(request, self._model, False), codec.decode)

    def complete_stream(self, request: CompletionRequest) -> AsyncGenerator[list[TextCompletion], None]:
        return self._stream(cast(TextCodec, self._link.provider.completions), request)


class EmbeddingUpstream(Upstream):
    """Embeds texts."""

    async def embed(self, request: EmbeddingsRequest) -> Embeddings:
        codec = cast(TextEmbeddingCodec, self._link.provider.embeddings)
        return await self._whole(codec.encode(request, self._model), lambda body: codec.decode(body, request))


class ImageEmbeddingUpstream(Upstream):
    """Embeds images."""

    async def embed_images(self, request: ImageEmbeddingsRequest) -> Embeddings:
        codec = cast(ImageEmbeddingCodec, self._link.provider.image_embeddings)
        return await self._whole(codec.encode(request, self._model), lambda body: codec.decode(body, request))


class RelayUpstream(Upstream):
    """Hands on requests for images and audio."""

    @property
    def relayed(self) -> frozenset[str]:
        return frozenset(self._link.provider.relayed)

    async def relay(self, passage: Passage) -> Relayed:
        path = target(self._link.provider.relayed[passage.route], self._model)
        fields = header_block([(b"content-type", passage.content_type)])
        reply = await self._send(HttpRequest(path, passage.body(self._model), fields), self._link.bare)
        kind = reply.headers.get(b"content-type", b"application/octet-stream")
        told = tuple((name, reply.headers[name]) for name in HANDED_BACK if name in reply.headers)
        pieces = self._pieces(reply)
        # Begun, since closing a generator that never began would leave the reply open.
        await anext(pieces)
        return Relayed(kind, pieces, told)

    async def _pieces(self, reply: Reply) -> AsyncGenerator[bytes, None]:
        """One empty piece, and then the answer's."""
        try:
            yield b""
            async for data in reply:
                yield data
        except UpstreamFailure as failure:
            raise self._failed(failure) from failure
        finally:
            reply.close()


def upstream(link: Link, model: str) -> Upstream:
    """The model, with the ports that its provider has codecs for."""
    provider = link.provider
    abilities: list[tuple[object, type[Upstream]]] = [
        (provider.chat, ChatUpstream),
        (provider.completions, TextUpstream),
        (provider.embeddings, EmbeddingUpstream),
        (provider.image_embeddings, ImageEmbeddingUpstream),
        (provider.relayed or None, RelayUpstream),
    ]
    return _class_with(tuple(ability for codec, ability in abilities if codec is not None))(link, model)


@cache
def _class_with(abilities: tuple[type[Upstream], ...]) -> type[Upstream]:
    return cast(type[Upstream], type("Upstream", abilities, {}))
