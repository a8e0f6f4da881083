"""A server on a real socket that does what a test's script says, and remembers what it was asked."""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from zaffre.net.client import Client

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Line:
    """The server's end of one connection."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        """The how manieth connection it is, from 1."""
        self.reader = reader
        self.writer = writer
        self.heads: list[bytes] = []
        self.begun = asyncio.Event()
        """Set when the client has sent something."""
        self.gone = asyncio.Event()
        """Set when the client's end is closed and its script is over."""

    async def head(self) -> bytes:
        """The next request's head."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        self.begun.set()
        return head

    async def request(self) -> bytes | None:
        """The next request's body; None when the client has closed."""
        try:
            head = await self.head()
            _, _, length = head.lower().partition(b"content-length: ")
            return await self.reader.readexactly(int(length.split(b"\r\n")[0] or b"0"))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def say(self, *pieces: bytes) -> None:
        """Write the pieces, each one on its own where the loop lets it."""
        for piece in pieces:
            if self.writer.is_closing():
                raise ConnectionResetError  # uvloop has another word for it
            self.writer.write(piece)
            await self.writer.drain()
            await turns(3)

    def shut(self) -> None:
        """Close it as a process that ends does: nobody here has a turn before it is closed."""
        with socket.socket(fileno=os.dup(self.writer.get_extra_info("socket").fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Break it off: what the other side has sent is gone."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def hung_up(self) -> None:
        """Until the client has closed."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass


Script = Callable[[Line], Awaitable[None]]


class Upstream:
    """Runs the script once for each connection and closes the connection when the script ends."""

    def __init__(self, script: Script) -> None:
        self.port = 0
        self.lines: list[Line] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._script = script
        self._arrival = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def heads(self) -> list[bytes]:
        """Every request head that came, connection by connection."""
        return [head for line in self.lines for head in line.heads]

    async def line(self, number: int) -> Line:
        """The connection of that number, as soon as it is there."""
        while len(self.lines) < number:
            self._arrival.clear()
            await self._arrival.wait()
        return self.lines[number - 1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(len(self.lines) + 1, reader, writer)
        self.lines.append(line)
        self._arrival.set()
        try:
            await self._script(line)
        except ConnectionError:
            pass
        finally:
            line.gone.set()
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


@asynccontextmanager
async def upstream(script: Script, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Upstream]:
    """A server for the time of a `with` block. A script that fails, fails the test."""
    serving = Upstream(script)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.tasks.append(asyncio.get_running_loop().create_task(serving.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    serving.port = server.sockets[0].getsockname()[1]
    try:
        yield serving
    finally:
        server.close()
        for line in serving.lines:
            line.writer.transport.abort()
        for task in serving.tasks:
            task.cancel()
        results = await asyncio.gather(*serving.tasks, return_exceptions=True)
        await server.wait_closed()
    for result in results:
        if isinstance(result, Exception):
            raise result


@asynccontextmanager
async def client(**options: object) -> AsyncGenerator[Client]:
    """A client that looks at its deadlines often, closed at the end of the block."""
    made = Client(**{"sweep_interval": 0.02, **options})  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


def answer(*answers: bytes) -> Script:
    """A script: these answers, one after another, the last of them for ever."""

    async def script(line: Line) -> None:
        at = 0
        while await line.request() is not None:
            await line.say(answers[min(at, len(answers) - 1)])
            at += 1

    return script


async def turns(count: int) -> None:
    """Let the loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)
