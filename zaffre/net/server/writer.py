"""One connection's answers, onto its transport: whole or streamed, at the client's pace."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from zaffre.core.flow import Flow
from zaffre.net.http import Response
from zaffre.net.outbox import Outbox
from zaffre.net.server import answer
from zaffre.net.server.reader import Incoming
from zaffre.net.server.sweep import Sweep

# What may wait unsent before the source of an answer is held back, and below which it may go on.
_WRITE_HIGH = 256 * 1024
_WRITE_LOW = 64 * 1024
# Above this, head and body are cheaper written side by side than copied together.
_COPY_LIMIT = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class AnswerWriter:
    """Writes to `transport`, which is None once the client is gone: what is written then goes nowhere.

    `drained`, where it is not None, is to be awaited before more is written.
    """

    __slots__ = ("_begun", "_outbox", "_sweep", "_unsent", "drained", "transport")

    def __init__(self, transport: asyncio.Transport, sweep: Sweep, outbox: Outbox) -> None:
        transport.set_write_buffer_limits(high=_WRITE_HIGH, low=_WRITE_LOW)
        self.transport: asyncio.Transport | None = transport
        self._sweep = sweep
        self._outbox = outbox
        self._unsent: list[bytes] = []
        self.drained: asyncio.Future[None] | None = None
        self._begun = False

    @property
    def begun(self) -> bool:
        """A streamed answer is on its way: there is no other answer to give any more."""
        return self._begun

    @property
    def waits(self) -> bool:
        """Something is to go out at the end of this turn of the loop."""
        return bool(self._unsent)

    def pause(self) -> None:
        """Too much waits unsent."""
        self.drained = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """What waited has gone out, mostly."""
        drained = self.drained
        self.drained = None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def write_whole(self, request: Incoming, response: Response, body: bytes, keep: bool) -> None:
        """Write the answer in one go. Raises ValueError for a field that can't be written."""
        if answer.bodiless(response.status):
            body = framing = b""
        else:
            framing = answer.length(len(body))
        head = self._head(request, response, keep, framing)
        if request.method == "HEAD":
            self.write(head)
        elif len(body) < _COPY_LIMIT:
            self.write(head + body)
        elif self.transport is not None:
            self.flush()
            self.transport.writelines((head, body))

    def _head(self, request: Incoming, response: Response, keep: bool, framing: bytes) -> bytes:
        connection = answer.CLOSE if not keep else answer.KEEP_ALIVE if request.http_10 else b""
        stamp, lines = self._sweep.stamp, response.lines
        return answer.head(response.status, response.headers, stamp, lines, connection, framing)

    def write(self, data: bytes) -> None:
        """Send it with what other connections send now."""
        if not self._unsent:
            self._outbox.add(self)
        self._unsent.append(data)

    def flush(self) -> None:
        """Send what waits for that, before anything else is done to the transport."""
        unsent, transport = self._unsent, self.transport
        if unsent:
            self._unsent = []
            if transport is not None and not transport.is_closing():
                transport.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))

    async def write_stream(
        self, request: Incoming, response: Response, body: AsyncGenerator[bytes, None], keep: bool
    ) -> bool:
        """Write the answer as its body comes, and close that; whether the connection may serve on.

        Raises ValueError for a field that can't be written, and whatever the body raises.
        """
        try:
            bodiless = answer.bodiless(response.status)
            chunked = not (bodiless or request.http_10)
            keep = keep and (bodiless or chunked)
            head = self._head(request, response, keep, answer.CHUNKED if chunked else b"")
            if bodiless or request.method == "HEAD":
                self._send([head])
            elif isinstance(body, Flow):
                await self._flow(head, body, chunked)
            else:
                await self._relay(head, body, chunked)
            self._begun = False
        finally:
            await response.close()
        return keep

    async def _relay(self, head: bytes, body: AsyncGenerator[bytes, None], chunked: bool) -> None:
        """Send what the body gives without waiting together with what came before it, and the rest as it comes."""
        held = [head]
        source = _Source(body, lambda: self._send(held))
        size = 0
        try:
            while (piece := await source) is not None and self.transport is not None:
                if piece:
                    held.append(answer.chunk(piece) if chunked else piece)
                    size += len(piece)
                if size > _COPY_LIMIT:
                    # A body that never waits, and a client that keeps up, would leave no turn to anybody else.
                    size = 0
                    self._send(held)
                    await asyncio.sleep(0)
                if self.drained is not None:
                    await self.drained
        except BaseException:
            if self._begun or len(held) > 1:
                self._send(held)
            raise
        if chunked:
            held.append(answer.LAST_CHUNK)
        self._send(held)

    async def _flow(self, head: bytes, body: Flow[bytes], chunked: bool) -> None:
        """The same of a body that flows: what comes goes out in the turn in which it came."""
        moving = _Moving(self, head, body, chunked)
        moving.move()
        if not moving.over:
            body.listen(moving.move)
            try:
                await self._moved(moving)
            finally:
                body.listen(None)
        if moving.failure is not None:
            raise moving.failure

    async def _moved(self, moving: "_Moving") -> None:
        while not moving.over:
            if self.drained is not None:
                await self.drained
            else:
                await moving.halt()
            # Also after a halt: what came while the client did not keep up waits, though it may have caught up by now.
            moving.move()

    def _send(self, held: list[bytes]) -> None:
        if self.transport is not None and held:
            self._begun = True
            data = held[0] if len(held) == 1 else b"".join(held)
            self.write(data)
            if len(data) > _COPY_LIMIT:
                # At once, since one turn may bring many of them, and whether the client keeps up has to be known.
                self.flush()
        held.clear()

    def cut(self, request: Incoming) -> None:
        """Close so that a body which has begun is seen to be broken."""
        self.flush()
        transport = self.transport
        if transport is None:
            return
        if self._begun and request.http_10:
            # Such a body ends where the connection does: only a reset can tell.
            connected: socket.socket = transport.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()
        else:
            transport.close()


class _Moving:
    """A body that flows, on its way to the client."""

    __slots__ = ("_body", "_chunked", "_halted", "_held", "_writer", "failure", "over")

    def __init__(self, writer: AnswerWriter, head: bytes, body: Flow[bytes], chunked: bool) -> None:
        self._writer = writer
        self._body = body
        self._chunked = chunked
        self._held = [head]
        self._halted: asyncio.Future[None] | None = None
        self.failure: BaseException | None = None
        self.over = False
        """All is sent, or it failed."""

    async def halt(self) -> None:
        """Until it cannot move by itself: it is over, or the client does not keep up."""
        self._halted = asyncio.get_running_loop().create_future()
        await self._halted

    def move(self) -> None:
        """Send what is there, unless the client has to take something first."""
        writer, held = self._writer, self._held
        if writer.drained is None and not self.over:
            self._gather(held)
            if self.failure is None or writer.begun or len(held) > 1:
                writer._send(held)
        if (self.over or writer.drained is not None) and self._halted is not None and not self._halted.done():
            self._halted.set_result(None)

    def _gather(self, held: list[bytes]) -> None:
        try:
            body = self._body
            while (piece := body.take()) is not None:
                if piece:
                    held.append(answer.chunk(piece) if self._chunked else piece)
                if not body.more:
                    return
        except StopAsyncIteration:
            self.over = True
            if self._chunked:
                held.append(answer.LAST_CHUNK)
        except BaseException as failure:
            # Raised where the body is awaited: this may be a call from the connection on which the body comes.
            self.over = True
            self.failure = failure


class _Source:
    """Awaiting it gives the body's next piece, None at the end; `before_waiting` is called if that takes a while."""

    __slots__ = ("_before_waiting", "_body")

    def __init__(self, body: AsyncGenerator[bytes, None], before_waiting: Callable[[], None]) -> None:
        self._body = body
        self._before_waiting = before_waiting

    def __await__(self) -> Generator[Any, Any, bytes | None]:
        step = self._body.__anext__().__await__()
        try:
            waited_for = step.send(None)
            self._before_waiting()
            while True:
                # What `yield from` does; it could not tell whether there was anything to wait for.
                try:
                    sent = yield waited_for
                except BaseException as error:
                    waited_for = step.throw(error)
                else:
                    waited_for = step.send(sent)
        except StopIteration as ready:
            piece: bytes = ready.value
            return piece
        except StopAsyncIteration:
            return None
