"""Connections to one upstream, shared by its requests."""

import asyncio
import errno
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from zaffre.net.client.connection import Connection, Stock
from zaffre.net.client.dial import Route, dial
from zaffre.net.client.reply import Reply
from zaffre.net.client.request_head import IDEMPOTENT, HeadWriter, header_block
from zaffre.net.failures import ConnectFailed, QueueFull, TimedOut

MOST_CONNECTIONS: Final = 2048
"""Connections to one upstream, where nothing is said: models take their time, so many calls are under way at once."""
MOST_WAITING: Final = 4096
"""Requests that may wait for one, where nothing is said."""


class Pool:
    """At most `limit` requests, and so connections, at a time; up to `queue` more wait their turn, in order.

    Made by `Client.pool`.
    """

    def __init__(
        self,
        route: Route,
        stock: Stock,
        limit: int,
        queue: int,
        on_open: Callable[[], None],
        make_room: Callable[[], Awaitable[None]],
    ) -> None:
        self._stock = stock
        self._idle = stock.idle
        self._route = route
        self._heads = HeadWriter(route.origin, route.proxy)
        self._free = limit
        self._queue = queue
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._on_open = on_open
        self._make_room = make_room

    async def send(
        self, method: str, target: str, headers: Sequence[tuple[bytes, bytes]] | bytes, body: bytes = b""
    ) -> Reply:
        """Send a request; the answer, as soon as its head is complete. Cancelling it breaks the connection.

        `target` is appended to the base URL's path. `headers`: fields, or the bytes that `header_block` made of
        them; Host and framing are the client's to write. A request is sent again, once, only when it went out on
        a kept connection that closed before anything came back: POST and PATCH only where nothing of it was taken.

        Raises UpstreamFailure, and ValueError for what cannot be sent.
        """
        block = headers if isinstance(headers, bytes) else header_block(headers)
        head = self._heads.write(method, target, block, len(body))
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        reply = Reply(self._release, method == "HEAD", method in IDEMPOTENT)
        try:
            if self._idle:
                await self._idle.pop().ask(reply, head, body)
            if not reply.status and reply.failure is None:
                connection = await self._open()
                await connection.ask(reply, head, body)
        except BaseException:
            reply.close()
            raise
        if not reply.status and reply.failure is not None:
            raise reply.failure
        return reply

    async def _turn(self) -> None:
        """Wait for the right to have a connection. Raises QueueFull."""
        if len(self._waiting) >= self._queue:
            raise QueueFull
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._release()  # cancelled with the right already in hand
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def _release(self) -> None:
        """A request has ended: its right to a connection goes to the first who waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def _open(self) -> Connection:
        name, allowed = self._stock.name, self._stock.timeouts.connect
        try:
            # A timer of its own, unlike every other deadline: connections are made rarely.
            async with asyncio.timeout(allowed):
                connection = await self._dial()
            self._stock.add(connection)
        except TimeoutError as error:
            raise TimedOut("connect", f"no connection to {name} in {allowed:g} s") from error
        except (ConnectFailed, OSError) as error:
            raise ConnectFailed(f"cannot connect to {name}: {str(error) or type(error).__name__}") from error
        self._on_open()
        return connection

    async def _dial(self) -> Connection:
        try:
            return await dial(self._route, lambda: Connection(self._stock))
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            await self._make_room()
            return await dial(self._route, lambda: Connection(self._stock))
