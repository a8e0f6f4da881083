"""Making a connection: TCP, the proxy's tunnel, TLS."""

import asyncio
from collections.abc import Callable
from ssl import SSLContext
from typing import TypeVar, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from msgspec import Struct

from zaffre.net.client.origin import Origin
from zaffre.net.client.proxy import Proxy
from zaffre.net.failures import ConnectFailed

HEAD_LIMIT = 64 * 1024

AnyProtocol = TypeVar("AnyProtocol", bound=asyncio.Protocol)


class Route(Struct, frozen=True):
    """How to get to an origin."""

    origin: Origin
    tls: SSLContext | None
    """For https only."""
    proxy: Proxy | None
    path: str = ""
    """Of a Unix socket, where that is the way."""


async def dial(route: Route, factory: Callable[[], AnyProtocol]) -> AnyProtocol:
    """Connect; the protocol's `connection_made` has been called when it is returned.

    Raises ConnectFailed, or OSError for what the system or TLS has to say. Cancelling it leaves nothing open.
    """
    loop = asyncio.get_running_loop()
    origin, proxy = route.origin, route.proxy
    if route.path:
        _, protocol = await loop.create_unix_connection(factory, route.path)
        return protocol
    if proxy is None:
        name = origin.host if route.tls else None
        _, protocol = await loop.create_connection(
            factory, origin.host, origin.port, ssl=route.tls, server_hostname=name
        )
        return protocol
    if route.tls is None:
        _, protocol = await loop.create_connection(factory, proxy.host, proxy.port)
        return protocol
    _, tunnel = await loop.create_connection(lambda: Tunnel(origin, proxy), proxy.host, proxy.port)
    return await _encrypt(tunnel, factory(), origin.host, route.tls)


async def _encrypt(tunnel: "Tunnel", protocol: AnyProtocol, host: str, tls: SSLContext) -> AnyProtocol:
    try:
        problem = await tunnel.problem
        if problem:
            raise ConnectFailed(problem)
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(tunnel.transport, tunnel, tls, server_hostname=host)
        if transport is None or transport.is_closing():
            raise ConnectFailed("the tunnel was closed")
    except BaseException:
        tunnel.transport.abort()
        raise
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    return protocol


class Tunnel(asyncio.Protocol):
    """Asks a proxy for a tunnel; `problem` says what came of it, "" when it is open."""

    def __init__(self, origin: Origin, proxy: Proxy) -> None:
        self.problem: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._request = f"CONNECT {origin.address} HTTP/1.1\r\nHost: {origin.address}\r\n".encode()
        self._request += proxy.field + b"\r\n"
        self._size = 0
        self._status = 0
        self._parser = HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._settle("the proxy does not speak HTTP")
        if self._status:
            self._settle("" if self._status < 300 else f"the proxy answered with status {self._status}")
        elif self._size > HEAD_LIMIT:
            self._settle("the proxy sent an endless head")

    def on_headers_complete(self) -> None:
        if not self._status and self._parser.get_status_code() >= 200:
            self._status = self._parser.get_status_code()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle("the proxy closed the connection")

    def _settle(self, problem: str) -> None:
        if not self.problem.done():
            self.problem.set_result(problem)
