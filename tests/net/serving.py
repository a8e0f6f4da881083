"""A server in the running loop, and a client that sees every byte."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import trustme
from msgspec import Struct
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from zaffre.net.http import Handler, Limits, Request, Response
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import Lane, lane
from zaffre.net.server.listen import Address, Listener, bind
from zaffre.net.server.serve import listening

WAYS = ("lane", "asgi")
"""Our own protocol, and the ASGI application under uvicorn's."""

QUICK = Limits(sweep=0.01)


def refuse(status: int, code: str, message: str) -> Response:
    return Response(status, [(b"content-type", b"text/plain")], f"{code}: {message}".encode())


def nothing(path: str) -> bool:
    return False


@asynccontextmanager
async def serving(
    handler: Handler,
    way: str = "lane",
    *,
    limits: Limits = QUICK,
    hand_over: Callable[[str], bool] = nothing,
    tls: ssl.SSLContext | None = None,
    grace: float = 5.0,
    seen: list[Lane] | None = None,
) -> AsyncGenerator[Address, None]:
    """Serve on a free port of 127.0.0.1; leaving stops the server gracefully. `seen` gets the lane's connections."""
    protocol = HttpToolsProtocol
    if way == "lane":
        protocol = _watched(lane(handler, refuse=refuse, hand_over=hand_over, limits=limits), seen)
    app = asgi(handler, refuse=refuse, limits=limits)
    bound = bind(Listener(port=0, tls=tls))
    async with listening([bound], protocol=protocol, app=app, grace=grace) as addresses:
        yield addresses[0]


def secured() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server with a certificate for 127.0.0.1, and of a client that trusts it."""
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


def _watched(protocol: type[Lane], seen: list[Lane] | None) -> type[Lane]:
    class Watched(protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            if seen is not None:
                seen.append(self)

    return Watched


class Stoppable:
    """A server that can be told to stop while its context still lasts."""

    def __init__(self, address: Address, asked: asyncio.Event) -> None:
        self.address = address
        self._asked = asked

    async def stop(self) -> None:
        """Begin the graceful end; comes back when no new connection is taken."""
        self._asked.set()
        for _ in range(5):
            await asyncio.sleep(0)


@asynccontextmanager
async def stopping(handler: Handler, way: str = "lane") -> AsyncGenerator[Stoppable, None]:
    started: asyncio.Future[Address] = asyncio.get_running_loop().create_future()
    asked = asyncio.Event()

    async def run() -> None:
        async with serving(handler, way) as address:
            started.set_result(address)
            await asked.wait()

    task = asyncio.create_task(run())
    yield Stoppable(await started, asked)
    asked.set()
    await task


class Answer(Struct):
    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool
    """Whether the framing said that the body is whole."""


class Connection:
    """A client's end of a connection; reads give up after ten seconds, so that no test hangs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, *, bodiless: bool = False) -> Answer:
        """The next answer. Raises IncompleteReadError where the connection ends without (a whole head of) one."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:-2])
            status = int(lines[0].split(" ")[1])
            if bodiless or status in (100, 204, 304):
                return Answer(status, headers, b"", True)
            return Answer(status, headers, *await self._body(headers))

    async def _body(self, headers: dict[str, str]) -> tuple[bytes, bool]:
        pieces: list[bytes] = []
        try:
            if "content-length" in headers:
                return await self.reader.readexactly(int(headers["content-length"])), True
            read = self._chunk if headers.get("transfer-encoding") == "chunked" else self._any
            while piece := await read():
                pieces.append(piece)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            return b"".join(pieces) + getattr(error, "partial", b""), False
        return b"".join(pieces), True

    async def _any(self) -> bytes:
        return await self.reader.read(65536)

    async def _chunk(self) -> bytes:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        piece = await self.reader.readexactly(size + 2)
        assert piece.endswith(b"\r\n")
        return piece[:-2]

    async def rest(self) -> bytes:
        """Whatever still comes until the server closes."""
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read()
        return b""

    async def end(self) -> bytes:
        """As `rest`, but a reset is an error."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    async def read(self, count: int) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readexactly(count)

    def close(self) -> None:
        self.writer.close()


@asynccontextmanager
async def connected(address: Address, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Connection, None]:
    plug = socket.socket(proto=socket.IPPROTO_TCP)
    plug.setblocking(False)
    # The kernel would take megabytes for a client that reads nothing.
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    await asyncio.get_running_loop().sock_connect(plug, (address.host, address.port))
    name = address.host if tls else None
    reader, writer = await asyncio.open_connection(sock=plug, ssl=tls, server_hostname=name)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def line_to(
    handler: Handler,
    *,
    limits: Limits = QUICK,
    hand_over: Callable[[str], bool] = nothing,
    seen: list[Lane] | None = None,
) -> AsyncGenerator[Connection, None]:
    """A connection to a lane of its own."""
    server = serving(handler, limits=limits, hand_over=hand_over, seen=seen)
    async with server as address, connected(address) as client:
        yield client


async def asked(address: Address, data: bytes, *, bodiless: bool = False) -> Answer:
    """The answer to one request on a connection of its own."""
    async with connected(address) as connection:
        connection.send(data)
        return await connection.answer(bodiless=bodiless)


async def echo(request: Request) -> Response:
    """Says what it was asked, one thing a line."""
    said = [request.method, request.path, request.query, request.scheme, request.body.decode("latin-1")]
    return Response(200, [(b"content-type", b"text/plain")], "\n".join(said).encode())


class Gate:
    """A handler that answers with the path, and waits where the path is /wait."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.started = asyncio.Event()
        self.open = asyncio.Event()

    async def handle(self, request: Request) -> Response:
        self.asked.append(request.path)
        if request.path == "/wait":
            self.started.set()
            await self.open.wait()
        return Response(200, [], request.path.encode())


def get(path: str = "/") -> bytes:
    """A whole request."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


async def settled(connection: Lane) -> int:
    """How many bytes wait for a client that takes no more of them."""
    before = -1
    while before != (size := connection.transport.get_write_buffer_size()) or not size:
        before = size
        await asyncio.sleep(0.02)
    return size
