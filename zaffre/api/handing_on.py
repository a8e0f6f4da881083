"""A whole request, handed on to another process of this server, and its answer on the way back.

What HTTP would not carry over as it was, since every hop has its own (host, scheme, where the caller is), goes along in
a field of our own. It is believed because only this server's processes can reach the socket.
"""

import logging
from collections.abc import AsyncGenerator
from typing import Final, Literal

import msgspec
from msgspec import Struct, structs

from zaffre.core.errors import BadRequest, Overloaded, UpstreamError
from zaffre.net.client import Pool, Reply
from zaffre.net.client.request_head import OURS
from zaffre.net.failures import ConnectFailed, QueueFull, UpstreamFailure
from zaffre.net.http import Handler, Hangup, HeaderList, Request, Response

logger = logging.getLogger(__name__)

_FIELD: Final = b"zaffre-handed-on"
_OF_A_HOP: Final = frozenset(
    {b"connection", b"content-length", b"date", b"keep-alive", b"server", b"transfer-encoding"}
)
"""Fields of an answer that are each connection's own."""


class _Origin(Struct):
    """How the request came to this server."""

    host: str
    scheme: Literal["http", "https"]
    local: bool


class HandingOn:
    """The way to the process that answers."""

    def __init__(self, pool: Pool) -> None:
        """
        Args:
            pool: connections to its socket.
        """
        self._pool = pool

    async def __call__(self, request: Request) -> Response:
        """Its answer, as if it were ours.

        Raises:
            Overloaded: it is not there at the moment.
            UpstreamError: it ended before it had answered.
            BadRequest: the request cannot be written down again.
        """
        # A HEAD is answered as a GET is: how long the body would be is the server's to say.
        method = "GET" if request.method == "HEAD" else request.method
        target = f"{request.path}?{request.query}" if request.query else request.path
        try:
            reply = await self._pool.send(method, target, _fields(request), request.body)
        except (ConnectFailed, QueueFull) as failure:
            logger.error("The process of the local models cannot be reached: %s.", failure)
            raise Overloaded("The model is not ready. Please retry later.") from failure
        except UpstreamFailure as failure:
            logger.error("The process of the local models gave no answer: %s.", failure)
            raise UpstreamError("The model gave no answer.") from failure
        except ValueError as error:
            raise BadRequest("The request's head cannot be handed on.") from error
        headers = [field for field in reply.headers.items() if field[0] not in _OF_A_HOP]
        if b"content-length" not in reply.headers:
            return Response(reply.status, headers, _pieces(reply))
        try:
            return Response(reply.status, headers, await reply.read())
        except UpstreamFailure as failure:
            logger.error("The process of the local models broke off its answer: %s.", failure)
            raise UpstreamError("The model broke off its answer.") from failure


def handed_on(handler: Handler) -> Handler:
    """Answers what others hand on, as the request was when it came to them."""

    async def answer(request: Request) -> Response:
        headers = request.headers.copy()
        origin = msgspec.json.decode(headers.pop(_FIELD, b""), type=_Origin)
        headers.pop(b"host", None)
        if origin.host:
            headers[b"host"] = origin.host.encode("latin-1")
        return await handler(structs.replace(request, headers=headers, scheme=origin.scheme, local=origin.local))

    return answer


def _fields(request: Request) -> HeaderList:
    origin = _Origin(request.headers.get(b"host", b"").decode("latin-1"), request.scheme, request.local)
    # Nobody else says where a request comes from.
    kept = [(name, value) for name, value in request.headers.items() if name not in OURS and name != _FIELD]
    return [*kept, (_FIELD, msgspec.json.encode(origin))]


async def _pieces(reply: Reply) -> AsyncGenerator[bytes, None]:
    """The body as it comes. Raises Hangup: it broke off, and so must we."""
    try:
        async for piece in reply:
            yield piece
    except UpstreamFailure:
        raise Hangup from None
    finally:
        reply.close()
