"""What an upstream answered: the head at once, the body as it comes."""

import asyncio
from collections.abc import Callable

from zaffre.core.flow import Flow
from zaffre.net.failures import Broken, UpstreamFailure

HIGH_WATER = 64 * 1024
"""Bytes that may wait unread before the upstream is no longer listened to."""

WHOLE_BODY = 256 * 1024 * 1024


class Reply(Flow[bytes]):
    """An answer whose head is complete. Read it once: `read()`, `async for` or `take()`; else `close()` it.

    What is iterated or taken is everything that has come since. All ways raise `TimedOut` or `Broken` where the body
    stops short, after what did come; those that wait close the reply when their task is cancelled.
    """

    __slots__ = (
        "_fields", "_headers", "_limit", "_listener", "_paused", "_pieces", "_release", "_transport",
        "_unread", "_waiter", "complete", "failure", "is_head", "may_repeat", "status",
    )  # fmt: skip

    def __init__(self, release: Callable[[], None], is_head: bool, may_repeat: bool) -> None:
        self.status = 0
        """0 until the head is complete."""
        self.failure: UpstreamFailure | None = None
        self.is_head = is_head
        self.may_repeat = may_repeat
        """Whether it makes no difference if the request is carried out twice."""
        self._release = release
        self.complete = False
        """Nothing more will come."""
        self._fields: dict[bytes, bytes] = {}
        self._headers: dict[bytes, bytes] | None = None
        self._limit: int | None = None
        """Set when somebody waits for the whole body."""
        self._listener: Callable[[], None] | None = None
        self._paused = False
        self._pieces: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._unread = 0
        self._waiter: asyncio.Future[None] | None = None

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The head's fields, names in lower case; of a repeated one the last."""
        headers = self._headers
        if headers is None:
            # Put off until somebody asks: most answers are never asked.
            headers = self._headers = {name.lower(): value.strip() for name, value in self._fields.items()}
        return headers

    async def read(self, limit: int = WHOLE_BODY) -> bytes:
        """The whole body, without a suspension when it is here already. Raises Broken when it is over `limit` bytes."""
        self._limit = limit
        if not self.complete:
            self._check_size()
        if not self.complete:
            self._resume()
            await self._news()
        if self.failure is not None:
            raise self.failure
        body = self._take()
        if len(body) > limit:
            raise self._too_large()
        return body

    @property
    def more(self) -> bool:  # type: ignore[override]
        """Whether the end can be taken, too."""
        return self.complete

    def take(self) -> bytes | None:
        """Everything that has come since; None: nothing."""
        if self._pieces:
            return self._take()
        if self.failure is not None:
            raise self.failure
        if self.complete:
            raise StopAsyncIteration
        return None

    def listen(self, news: Callable[[], None] | None) -> None:
        """Call `news` with every read of the socket, and at the end."""
        self._listener = news

    def close(self) -> None:
        """Done with it, at any time, as often as you like. A body that is not complete takes its connection along."""
        self._listener = None
        if not self.complete:
            self._abort(Broken("the reply was closed before it was complete"))
            self._pieces.clear()

    async def _news(self) -> None:
        self._waiter = waiter = asyncio.get_running_loop().create_future()
        try:
            await waiter
        except BaseException:
            self.close()
            raise

    def _take(self) -> bytes:
        pieces = self._pieces
        taken = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._unread = 0
        if self._paused:
            self._resume()
        return taken

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            if self._transport is not None:
                self._transport.resume_reading()

    def _hold_back(self) -> None:
        """Listen no longer to an upstream whose reader does not keep up."""
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _check_size(self) -> None:
        if self._limit is not None and self._unread > self._limit:
            # Exact only when it may matter: what was counted so far includes the framing.
            self._unread = sum(map(len, self._pieces))
            if self._unread > self._limit:
                self._abort(self._too_large())

    def _too_large(self) -> Broken:
        return Broken(f"the body is larger than {self._limit} bytes")

    def _abort(self, failure: UpstreamFailure) -> None:
        if self._transport is not None:
            self._transport.abort()
        self.end(failure)

    # From here on: for the connection that fills it in.

    @property
    def is_paused(self) -> bool:
        """Whether the connection is silent because we asked for it."""
        return self._paused

    def expect(
        self, transport: asyncio.Transport, pieces: list[bytes], news: asyncio.Future[None]
    ) -> asyncio.Future[None]:
        """The request goes out on `transport`; the body will be put into `pieces`. `news`: see what came of it."""
        self._transport = transport
        self._pieces = pieces
        self._waiter = news
        return news

    def begin(self, status: int, fields: dict[bytes, bytes]) -> None:
        """The head is complete."""
        self.status = status
        self._fields = fields

    def arrived(self, size: int) -> None:
        """`size` more bytes were read from the socket and their body, if any, put into the pieces."""
        self._unread += size
        if self._limit is not None:
            self._check_size()
        elif self._waiter is not None:
            self.wake()
        else:
            if self._listener is not None:
                self._listener()
            if self._unread > HIGH_WATER:
                self._hold_back()

    def wake(self) -> None:
        """Let the reader look again."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)
        if self._listener is not None:
            self._listener()

    def end(self, failure: UpstreamFailure | None = None) -> None:
        """Nothing more will come: complete, or broken off by `failure`. The first call counts."""
        if self.complete:
            return
        self.complete = True
        self.failure = failure
        self._pieces, shared = self._pieces.copy(), self._pieces
        shared.clear()  # the connection's list, which its next reply will use
        self._paused = False
        self._transport = None
        self._release()
        self.wake()
