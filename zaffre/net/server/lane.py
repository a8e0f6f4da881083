"""The fast lane: the server protocol of the data path, which uvicorn takes as its `http=` class.

One connection reads requests (`net.reader`), lets the handler answer them in order, in one task, and writes the
answers. What is not the lane's goes, with the bytes that came, to uvicorn's own protocol and never comes back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from zaffre.net.http import Handler, Hangup, Limits, Refusal, is_local
from zaffre.net.outbox import Outbox
from zaffre.net.server import answer
from zaffre.net.server.crowd import Crowd
from zaffre.net.server.reader import BODY, HEAD, IDLE, HandOver, Incoming, Refused, RequestReader
from zaffre.net.server.sweep import Sweep
from zaffre.net.server.writer import AnswerWriter

_log = logging.getLogger("zaffre.net")


def lane(
    handler: Handler, *, refuse: Refusal, hand_over: Callable[[str], bool] | None = None, limits: Limits | None = None
) -> "type[Lane]":
    """The protocol class of a server whose requests `handler` answers.

    `hand_over` is asked with every path (as sent) and says which are the ASGI application's; None: no path is.
    """
    bounds = limits or Limits()

    class BoundLane(Lane):
        __slots__ = ()
        site = Site(handler, refuse, hand_over, bounds)

    return BoundLane


class Site:
    """What all connections of one server share."""

    __slots__ = ("crowd", "hand_over", "handler", "limits", "outbox", "refuse", "sweep")

    def __init__(
        self, handler: Handler, refuse: Refusal, hand_over: Callable[[str], bool] | None, limits: Limits
    ) -> None:
        self.handler = handler
        self.refuse = refuse
        self.hand_over = hand_over
        self.limits = limits
        self.sweep = Sweep(limits.sweep)
        self.crowd = Crowd(self.sweep, limits.connections)
        self.outbox = Outbox()


class Lane(asyncio.Protocol):
    """One connection: made by uvicorn, and found by it among `server_state.connections` when the server stops."""

    site: ClassVar[Site]

    __slots__ = (
        "_app_state", "_body_since", "_closing", "_config", "_deaf", "_dropped", "_loop", "_queue", "_reader",
        "_request", "_served", "_since", "_state", "_stopping", "_unsent", "_waiter", "_worker", "_writer", "transport",
    )  # fmt: skip

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self._request: Incoming | None = None
        """The one that is being answered."""
        self._worker: asyncio.Task[None] | None = None
        """Answers one request after another: waking a task costs half of what making one does."""
        self._waiter: asyncio.Future[None] | None = None
        """What it waits for while there is nothing to answer."""
        self._queue: deque[Incoming | Refused | None] = deque()
        self._closing = False
        self._deaf = False
        self._stopping = False
        self._served = False
        self._dropped = 0
        self._unsent = 0
        self._since = self._body_since = self._loop.time()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        site = self.site
        self.transport = cast(asyncio.Transport, transport)
        self._writer = AnswerWriter(self.transport, site.sweep, site.outbox)
        scheme: Literal["http", "https"] = "https" if transport.get_extra_info("sslcontext") else "http"
        local = is_local(transport.get_extra_info("peername"))
        self._reader = RequestReader(self._accept, site.hand_over, site.limits, scheme, local)
        self._state.connections.add(cast(Any, self))
        site.sweep.add(self)
        site.crowd.admit(self, self._state.connections, cast(Iterable[Lane], site.sweep.connections))

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._drop(data)
            return
        reader = self._reader
        before = reader.phase
        try:
            reader.feed(data)
        except Refused as refusal:
            self._enqueue_last(refusal)
            return
        except HandOver as given:
            self._hand_over(given)
            return
        after = reader.phase
        if after != IDLE and (after == BODY or before != HEAD):
            self._since = self.site.sweep.now
            if before != BODY:
                self._body_since = self._since
        if reader.expects:
            self._invite_body()

    def eof_received(self) -> None:
        """A client that has said its last word is gone: most close both ways at once. It may still read what it asked
        for before, where that is answered."""
        self._writer.flush()
        self._cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._cancel()
        self._queue.clear()
        self._reader.close()

    def pause_writing(self) -> None:
        self._writer.pause()

    def resume_writing(self) -> None:
        self._writer.resume()

    # What uvicorn and the sweep call.

    def shutdown(self) -> None:
        """Close when what was asked is answered: at once, if nothing was."""
        self._stopping = True
        if self.idle_since is not None and not self._closing:
            # Over TLS, closing would wait for a word from a client who has nothing to say.
            self.abort()
        elif self._closing or (self._request is None and self._reader.phase != BODY):
            self._close()

    def abort(self) -> None:
        """Close now, whatever was asked; what waits unsent is lost."""
        if self.transport is not None:
            self.transport.abort()
        self._cancel()

    @property
    def idle_since(self) -> float | None:
        """Since when nothing is asked of it, or nothing will be any more (loop's time); None: it is at work."""
        transport = self.transport
        if transport is None or self._request is not None or not (self._closing or self._reader.phase == IDLE):
            return None
        return None if self._writer.waits or transport.get_write_buffer_size() else self._since

    def give_way(self) -> None:
        """Close now, and make room for another."""
        self.abort()
        self._leave()

    def expire(self, now: float) -> None:
        """Act on the deadline that has passed, if any."""
        if self.transport is None:
            return
        limits = self.site.limits
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent = unsent
            self._since = now
            return
        waited = now - self._since
        if unsent:
            if waited > limits.write_stall:
                self.abort()
        elif self._closing:
            if waited > limits.linger:
                self.abort()
        elif self._request is None:
            self._expire_reading(now, limits)

    def _expire_reading(self, now: float, limits: Limits) -> None:
        waited = now - self._since
        phase = self._reader.phase
        if phase == HEAD:
            if waited > limits.head_timeout:
                message = f"The request's head was not complete after {limits.head_timeout:g} s."
                self._enqueue_last(Refused(408, "RequestTimeout", message))
        elif phase == BODY:
            if waited > limits.body_idle:
                message = f"Nothing of the request's body came for {limits.body_idle:g} s."
                self._enqueue_last(Refused(408, "RequestTimeout", message))
            elif now - self._body_since > limits.body_idle + self._reader.received / limits.body_rate:
                message = f"The request's body comes at less than {limits.body_rate} bytes a second."
                self._enqueue_last(Refused(408, "RequestTimeout", message))
        elif waited > (limits.keep_alive if self._served else limits.head_timeout):
            self._close()

    # From one request to the next.

    def _accept(self, request: Incoming) -> None:
        if self._request is None:
            self._start(request)
            return
        self._queue.append(request)
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def _start(self, request: Incoming) -> None:
        self._request = request
        if self._waiter is not None:
            self._waiter.set_result(None)
            self._waiter = None
        elif self._worker is None:
            self._worker = worker = self._loop.create_task(self._work())
            self._state.tasks.add(worker)
            worker.add_done_callback(self._state.tasks.discard)

    async def _work(self) -> None:
        # A handler may answer, or fail, although it was cancelled: nobody would cancel the wait for another request.
        while not self._closing:
            if self._request is None:
                self._waiter = waiter = self._loop.create_future()
                await waiter
            else:
                await self._serve(self._request)
                if self._request is not None:
                    # Pipelined: whoever else waits has a turn, and the answer goes out, before the next is answered.
                    await asyncio.sleep(0)

    async def _serve(self, request: Incoming) -> None:
        keep = False
        try:
            response = await self.site.handler(request)
            keep = request.keep_alive and not self._stopping
            writer, body = self._writer, response.body
            if isinstance(body, bytes):
                writer.write_whole(request, response, body, keep)
            else:
                keep = await writer.write_stream(request, response, body, keep)
            if writer.drained is not None:
                await writer.drained
        except Hangup:
            self._cut(request)
        except Exception:
            keep = self._fail(request)
        except BaseException:
            self._cut(request)
            raise
        finally:
            self._finish(keep)

    def _finish(self, keep: bool) -> None:
        self._request = None
        self._state.total_requests += 1
        self._served = True
        self._since = self._body_since = self.site.sweep.now
        if keep and not (self._queue or self._closing or self._stopping):
            if self._reader.expects:
                self._invite_body()
            return
        asked = self._queue or self._reader.phase != IDLE
        if self._closing or not (keep or self._queue) or (self._stopping and not asked):
            self._close()
        elif not keep or self._stopping:
            self._end(None)
        else:
            self._next()

    def _next(self) -> None:
        """Answer what waits longest: a request; a refusal, or None for the end, after which nothing is read."""
        item = self._queue.popleft()
        if isinstance(item, Incoming):
            if not self._queue and self.transport is not None:
                self.transport.resume_reading()
            self._start(item)
        else:
            self._end(item)

    def _invite_body(self) -> None:
        if self._request is None and self._reader.awaits_body and self.transport is not None:
            self._reader.expects = False
            self._writer.write(answer.CONTINUE)

    # The end of a connection.

    def _enqueue_last(self, item: Refused | None) -> None:
        self._deaf = True  # before its turn: nothing may come in behind it
        self._queue.append(item)
        if self._request is None:
            self._next()

    def _end(self, refusal: Refused | None) -> None:
        """Say no, then close without a reset: that would take from the client what it has not read yet."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if refusal is not None:
            request = Incoming("HEAD" if refusal.bodiless else "GET", "", "", {})
            self._refuse(request, refusal, keep=False)
        self._closing = self._deaf = True
        self._since = self.site.sweep.now
        self._writer.flush()
        transport.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()

    def _drop(self, data: bytes) -> None:
        self._dropped += len(data)
        if self._dropped > self.site.limits.linger_bytes:
            self.abort()

    def _close(self) -> None:
        self._closing = self._deaf = True
        self._since = self.site.sweep.now
        if self.transport is not None:
            self._writer.flush()
            self.transport.close()

    def _cut(self, request: Incoming) -> None:
        self._closing = self._deaf = True
        self._writer.cut(request)

    def _cancel(self) -> None:
        """Answer no more."""
        self._closing = self._deaf = True
        worker, self._worker, self._waiter = self._worker, None, None
        if worker is not None:
            worker.cancel()

    def _leave(self) -> None:
        self.transport = self._writer.transport = None
        self._state.connections.discard(cast(Any, self))
        self.site.sweep.discard(self)

    def _hand_over(self, given: HandOver) -> None:
        transport = self.transport
        if given.raw is None or self._request is not None or transport is None:
            self._enqueue_last(None)
            return
        self._writer.flush()
        self._leave()
        self._cancel()
        self._reader.close()
        successor = HttpToolsProtocol(self._config, self._state, self._app_state, self._loop)
        transport.set_protocol(successor)
        successor.connection_made(transport)
        successor.data_received(given.raw)
        if not given.upgrade:
            # One answer, then close: the next request is read by the lane, with its deadlines and limits.
            successor.shutdown()

    def _fail(self, request: Incoming) -> bool:
        """Log what the handler did not expect, and answer 500 where there is still an answer to give."""
        _log.exception("%s %s failed", request.method, request.path)
        if self._writer.begun:
            self._cut(request)
            return False
        keep = request.keep_alive and not self._stopping
        self._refuse(request, Refused(500, "InternalServerError", "The server failed on this request."), keep)
        return keep

    def _refuse(self, request: Incoming, refusal: Refused, keep: bool) -> None:
        response = self.site.refuse(refusal.status, refusal.code, refusal.message)
        self._writer.write_whole(request, response, cast(bytes, response.body), keep)
