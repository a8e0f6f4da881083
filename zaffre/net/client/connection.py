"""One upstream connection: an asyncio protocol that carries one request at a time and fills in its `Reply`."""

import asyncio
from collections.abc import Callable
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from msgspec import Struct

from zaffre.net.client.reply import Reply
from zaffre.net.client.untaken import untaken
from zaffre.net.failures import Broken, ConnectFailed, TimedOut, UpstreamFailure
from zaffre.net.outbox import Outbox

HEAD_LIMIT = 64 * 1024
LARGE_BODY = 64 * 1024
"""Bytes. More than a transport holds before it asks for a pause."""


class Timeouts(Struct, frozen=True):
    """Seconds. `first_byte` and `idle` are watched by a coarse sweep and fire up to a second late."""

    connect: float = 10.0
    """Name resolution, TCP, proxy and TLS together."""
    first_byte: float = 300.0
    """From sending the request to the answer's complete head."""
    idle: float = 120.0
    """Between two reads of a body. Time in which we do not want to read does not count."""
    keep_alive: float = 60.0
    """How long a connection without work is kept."""


class Stock:
    """The connections of one pool."""

    def __init__(self, name: str, timeouts: Timeouts) -> None:
        self.name = name
        """Who is at the other end, for messages."""
        self.timeouts = timeouts
        self.is_closed = False
        self.outbox = Outbox()
        self.open: set[Connection] = set()
        self.idle: list[Connection] = []
        """Those that wait for work, the one that worked last at the end."""
        self._ended = asyncio.Event()

    def add(self, connection: "Connection") -> None:
        """It has been made. Raises ConnectFailed when it is of no use by now."""
        # Not the business of `connection_made`: where making one is cancelled late, uvloop calls no `connection_lost`.
        if self.is_closed or connection.is_closing:
            connection.fail(Broken("closed at once"))
            raise ConnectFailed("closed at once")
        self.open.add(connection)

    def forget(self, connection: "Connection") -> None:
        """It is closed."""
        self.open.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self._note_end()

    def sweep(self, now: float) -> None:
        """Look at every deadline. To be called a few times a second with the loop's time."""
        for connection in list(self.open):
            connection.check(now)

    def close_idle(self) -> None:
        """Close those that wait for work, at once."""
        idle = self.idle.copy()
        self.idle.clear()
        for connection in idle:
            connection.fail(Broken("closed to make room"))

    def close(self) -> None:
        """Break every connection, and the ones to come."""
        self.is_closed = True
        self.idle.clear()
        for connection in list(self.open):
            connection.fail(Broken("the client was closed"))
        self._note_end()

    async def wait_closed(self) -> None:
        """After `close`: until the last connection is gone."""
        await self._ended.wait()

    def _note_end(self) -> None:
        if self.is_closed and not self.open:
            self._ended.set()


class Connection(asyncio.Protocol):
    """Made and owned by a pool; not used after `connection_lost`."""

    __slots__ = (
        "_barren", "_fields", "_is_complete", "_is_fresh", "_keeps_alive", "_loop", "_parser", "_pieces",
        "_quiet_since", "_reply", "_sent", "_stirred", "_stock", "_transport", "_unsent", "_untouched", "on_body",
        "on_header",
    )  # fmt: skip

    on_header: Callable[[bytes, bytes], None]
    on_body: Callable[[bytes], None]

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._loop = asyncio.get_running_loop()
        self._reply: Reply | None = None
        self._unsent: tuple[bytes, bytes] | None = None
        """A request that has not gone out yet."""
        self._sent = 0
        """Bytes of the one that went out."""
        self._untouched = False
        """Whether the other end had closed before it took anything of it."""
        self._is_fresh = True
        self._stirred = True
        self._quiet_since = 0.0
        self._fields: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        # The parser calls these for every field and chunk: C functions make a stream of 100 events a tenth cheaper.
        self.on_header = self._fields.__setitem__
        self.on_body = self._pieces.append
        self._parser = HttpResponseParser(self)

    @property
    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def ask(self, reply: Reply, head: bytes, body: bytes) -> asyncio.Future[None]:
        """Send a request. When the future is done, `reply` has a status, or a failure, or neither: then this was a
        kept connection that closed before anything came back, and the request may go out on a fresh one: it is one
        that may be repeated, or nothing of it was taken."""
        self._reply = reply
        self._stirred = True
        self._barren = 0
        self._is_complete = self._keeps_alive = False
        self._unsent = head, body
        self._stock.outbox.add(self)
        return reply.expect(self._transport, self._pieces, self._loop.create_future())

    def flush(self) -> None:
        """Let the request go out."""
        unsent = self._unsent
        if unsent is None or self._transport.is_closing():
            return
        self._unsent = None
        head, body = unsent
        self._sent = len(head) + len(body)
        if len(body) > LARGE_BODY:
            # Over TLS a transport counts as unsent only what came behind a write that was too much: see `_finish`.
            view = memoryview(body)
            self._transport.writelines((head, view[:-1]))
            self._transport.write(view[-1:])
        elif body:
            self._transport.writelines(unsent)
        else:
            # In asyncio of Python 3.13 a transport that was given an empty piece never ends.
            self._transport.write(head)

    def check(self, now: float) -> None:
        """Fail or retire the connection when it has been quiet for longer than its state allows."""
        reply = self._reply
        if self._stirred or (reply is not None and reply.is_paused):
            self._stirred = False
            self._quiet_since = now
            return
        quiet, allowed = now - self._quiet_since, self._stock.timeouts
        if reply is None:
            if quiet > allowed.keep_alive:
                self._retire()
        elif not reply.status:
            if quiet > allowed.first_byte:
                self.fail(TimedOut("first_byte", f"{self._stock.name} did not answer in {allowed.first_byte:g} s"))
        elif quiet > allowed.idle:
            self.fail(TimedOut("idle", f"{self._stock.name} sent nothing for {allowed.idle:g} s"))

    def fail(self, failure: UpstreamFailure) -> None:
        """Break the connection; whoever waits for an answer hears why."""
        reply, self._reply = self._reply, None
        self._transport.abort()
        if reply is not None:
            reply.end(failure)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:
            self._retire()  # nobody asked
            return
        pieces = len(self._pieces)
        self._barren += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._keeps_alive = False
            if not self._is_complete:
                reason = error.__context__ or error  # our own words where a callback of ours refused
                self.fail(self._broken(f"sent something that is not HTTP: {reason}"))
                return
        if self._is_complete:
            self._finish(reply)
            return
        if len(self._pieces) > pieces:
            self._barren = 0
        elif self._barren > 2 * HEAD_LIMIT:
            self.fail(self._broken("sent an endless head or trailer"))
            return
        if reply.status:
            self._stirred = True
            reply.arrived(len(data))

    def on_message_begin(self) -> None:
        if self._is_complete:
            raise HttpParserError("an answer after the answer")
        self._fields.clear()

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            if status < 100:
                raise HttpParserError("not a status")
            return  # informational; the answer is still to come
        if self._barren > HEAD_LIMIT and _size(self._fields) > HEAD_LIMIT:
            raise HttpParserError("the head is too large")
        reply = cast(Reply, self._reply)
        reply.begin(status, self._fields.copy())
        if reply.is_head:
            # The parser does not know what was asked and would wait for a body, or take what follows for one.
            self._is_complete = True
            raise HttpParserError("an answer to HEAD ends here")

    def on_message_complete(self) -> None:
        if cast(Reply, self._reply).status:
            self._is_complete = True
            # Only here does the parser know it.
            self._keeps_alive = self._parser.should_keep_alive()

    def eof_received(self) -> None:
        # Whoever closes before any byte of a request is there has not seen it. A reset does not say what came before.
        self._untouched = self._sent > 0 and untaken(self._transport) >= self._sent

    def connection_lost(self, exc: Exception | None) -> None:
        self._stock.forget(self)
        unsent, self._unsent = self._unsent, None
        del self._parser  # it holds our methods: a cycle
        reply, self._reply = self._reply, None
        if reply is None:
            return
        if reply.status:
            is_whole = exc is None and _runs_until_close(reply)
            reply.end(None if is_whole else self._broken("closed the connection in the middle of its answer"))
        elif not self._is_fresh and not self._barren and (reply.may_repeat or unsent or self._untouched):
            reply.wake()
        else:
            reply.end(self._broken("closed the connection before it had answered"))

    def _finish(self, reply: Reply) -> None:
        """The answer is complete: back to the pool at once, whether or not anybody has read it yet."""
        self._reply = None
        transport = self._transport
        if self._unsent is not None or transport.get_write_buffer_size():
            transport.abort()  # it answered without reading all of the request
        elif self._keeps_alive:
            self._is_fresh = False
            self._stirred = True
            if reply.is_paused:
                transport.resume_reading()
            self._stock.idle.append(self)
        else:
            transport.close()
        reply.end()

    def _retire(self) -> None:
        """Close a connection without work. One that takes its time over closing is cut."""
        if self in self._stock.idle:
            self._stock.idle.remove(self)
            self._transport.close()
        else:
            self._transport.abort()

    def _broken(self, what: str) -> Broken:
        return Broken(f"{self._stock.name} {what}")


def _runs_until_close(reply: Reply) -> bool:
    """Whether only the end of the connection ends the body (RFC 9112, 6.3). In a coding that nobody here can read,
    its end cannot be told from a break."""
    return b"content-length" not in reply.headers and b"transfer-encoding" not in reply.headers


def _size(fields: dict[bytes, bytes]) -> int:
    return sum(map(len, fields)) + sum(map(len, fields.values()))
