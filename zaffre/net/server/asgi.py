"""The lane's handler as an ASGI 3 application: under any server, and for connections that the lane hands over."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, MutableMapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any
from urllib.parse import quote

from zaffre.net.http import Handler, Hangup, HeaderList, Limits, Refusal, Request, Response, is_local
from zaffre.net.server import answer
from zaffre.net.server.reader import Refused

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Coroutine[Any, Any, None]]
Lifespan = Callable[[], AbstractAsyncContextManager[object]]
"""What is entered before the first request and left after the last one."""

_log = logging.getLogger("zaffre.net")


def asgi(
    handler: Handler, *, refuse: Refusal, limits: Limits | None = None, lifespan: Lifespan = nullcontext
) -> AsgiApp:
    """An application that answers every HTTP request with `handler`; WebSockets are refused.

    A server that runs it owns framing, heads and their limits; the body's limits are kept here.
    """
    return _Application(handler, refuse, limits or Limits(), lifespan)


class _Application:
    def __init__(self, handler: Handler, refuse: Refusal, limits: Limits, lifespan: Lifespan) -> None:
        self._handler = handler
        self._refuse = refuse
        self._limits = limits
        self._lifespan = lifespan

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        stage = "startup"
        try:
            async with self._lifespan():
                await send({"type": "lifespan.startup.complete"})
                stage = "shutdown"
                await receive()
        except Exception as error:
            _log.exception("%s failed", stage)
            await send({"type": f"lifespan.{stage}.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        request = _request(scope)
        try:
            whole = await self._read_body(request, receive)
        except Refused as refusal:
            response = self._refuse(refusal.status, refusal.code, refusal.message)
            response.headers.append((b"connection", b"close"))
            await _send_whole(request, response, send)
        else:
            if whole:
                await _while_connected(self._answer(request, send), receive)

    async def _answer(self, request: Request, send: Send) -> None:
        try:
            given = await self._handler(request)
        except Hangup:
            await _hang_up(send)
            raise
        except Exception:
            given = self._failed(request)
        response = given if _writable(given) else self._failed(request)
        try:
            if isinstance(response.body, bytes):
                await _send_whole(request, response, send)
            else:
                await _send_stream(request, response, response.body, send)
        finally:
            await given.close()

    def _failed(self, request: Request) -> Response:
        _log.exception("%s %s failed", request.method, request.path)
        return self._refuse(500, "InternalServerError", "The server failed on this request.")

    async def _read_body(self, request: Request, receive: Receive) -> bool:
        """Complete the request; False where the client has gone meanwhile. Raises Refused."""
        length = request.header(b"content-length")
        if length.isdecimal() and int(length) > self._limits.body:
            await self._refuse_body(request, receive)
        body = bytearray()
        more = True
        while more:
            message = await self._next_piece(receive)
            if message["type"] != "http.request":
                return False
            body += message.get("body", b"")
            if len(body) > self._limits.body:
                await self._refuse_body(request, receive)
            more = message.get("more_body", False)
        request.body = bytes(body)
        return True

    async def _next_piece(self, receive: Receive) -> Message:
        idle = self._limits.body_idle
        try:
            async with asyncio.timeout(idle):
                return await receive()
        except TimeoutError:
            message = f"Nothing of the request's body came for {idle:g} s."
            raise Refused(408, "RequestTimeout", message) from None

    async def _refuse_body(self, request: Request, receive: Receive) -> None:
        """Raise the refusal once the client, who may listen only then, has sent what it wanted to send."""
        if b"expect" not in request.headers:
            await self._drain(receive)
        message = f"The request body is larger than {self._limits.body} bytes."
        raise Refused(413, "RequestEntityTooLarge", message)

    async def _drain(self, receive: Receive) -> None:
        left = self._limits.linger_bytes
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger):
                message: Message = {"more_body": True}
                while left > 0 and message.get("more_body", False):
                    message = await receive()
                    left -= len(message.get("body", b""))


def _request(scope: Message) -> Request:
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        key = name.lower()
        headers[key] = headers[key].rstrip() + b", " + value if key in headers else value
    raw = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    scheme = scope.get("scheme", "http")
    # Where the application is mounted is not the handler's business.
    path = path.removeprefix(scope.get("root_path", ""))
    return Request(scope["method"], path, query, headers, b"", scheme, is_local(scope.get("client")))


async def _while_connected(answering: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Run `answering`, but cancel it as soon as the client goes."""
    work = asyncio.create_task(answering)
    watch = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        watch.cancel()
        await asyncio.gather(work, watch, return_exceptions=True)
    if not work.cancelled():
        work.result()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _writable(response: Response) -> bool:
    try:
        answer.field_lines(response.headers)
    except ValueError:
        return False
    return True


async def _send_whole(request: Request, response: Response, send: Send) -> None:
    body = response.body
    if not isinstance(body, bytes) or answer.bodiless(response.status):
        body = b""
        headers = response.fields
    else:
        headers = [*response.fields, (b"content-length", b"%d" % len(body))]
    await _start(response.status, headers, send)
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


async def _send_stream(request: Request, response: Response, body: AsyncGenerator[bytes, None], send: Send) -> None:
    await _start(response.status, response.fields, send)
    if request.method != "HEAD" and not answer.bodiless(response.status):
        async for piece in body:
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            # A source that never waits would leave no turn to whoever watches the client.
            await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


async def _start(status: int, headers: HeaderList, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _hang_up(send: Send) -> None:
    """Announce a byte that never comes: no ASGI message closes a connection unanswered."""
    await _start(502, [(b"content-length", b"1")], send)
