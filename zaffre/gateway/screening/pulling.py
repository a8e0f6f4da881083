"""Awaits a stream's next events together with other things, without losing any of them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import Any, Final, Generic, TypeVar

from zaffre.gateway.screening.asked import stopped

E = TypeVar("E")
Sleep = Callable[[float], Awaitable[None]]

PATIENCE: Final = 0.15
"""Seconds that a text waits for more of it, at most."""
MOST_AHEAD: Final = 64
"""Events that are taken from the stream before anybody asks for them, about: then it has to wait."""


class Pulling(Generic[E]):
    """One stream of events being read by a task of its own. Close it before the stream."""

    def __init__(self, source: AsyncGenerator[list[E], None], sleep: Sleep) -> None:
        self._source = source
        self._sleep = sleep
        self._reader: asyncio.Future[None] | None = None
        self._arrived: list[E] = []
        self._news: asyncio.Future[None] | None = None
        """Somebody waits for something to happen."""
        self._room: asyncio.Future[None] | None = None
        """The reader waits until what has arrived is taken."""
        self._timer: asyncio.Future[None] | None = None
        self.over = False
        """Whether the stream has ended."""

    def begin(self) -> "asyncio.Future[None]":
        """Read from now on. What is returned is over when the stream is, and may be cancelled."""
        if self._reader is None:
            self._reader = asyncio.ensure_future(self._read())
        return self._reader

    async def next(self, *, timed: bool, work: Collection["asyncio.Future[Any]"] = ()) -> list[E]:
        """What has arrived; nothing where the stream is over, the time is up, or some of the work is done.

        Args:
            timed: something waits to be shown, and not for long.

        Raises: what the stream raises, after all that came before.
        """
        reader = self.begin()
        if timed and self._timer is None:
            self._timer = asyncio.ensure_future(self._sleep(PATIENCE))
            self._timer.add_done_callback(self._happened)
        if not self._arrived and not reader.done() and not (timed and self.late):
            await self._something(work)
        events, self._arrived = self._arrived, []
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        if not events and reader.done():
            self.over = True
            reader.result()
        return events

    @property
    def late(self) -> bool:
        """Whether what waits has waited long enough."""
        return self._timer is not None and self._timer.done()

    async def rest(self) -> None:
        """Nothing waits any more."""
        timer, self._timer = self._timer, None
        if timer is not None:
            await stopped(timer)

    async def close(self) -> None:
        """Read no more."""
        await self.rest()
        if self._reader is not None:
            await stopped(self._reader)

    async def _read(self) -> None:
        try:
            async for events in self._source:
                self._arrived += events
                self._happened()
                if len(self._arrived) >= MOST_AHEAD:
                    self._room = asyncio.get_running_loop().create_future()
                    await self._room
        finally:
            # Whoever waits looks whether this task is done, which it is a moment later.
            asyncio.get_running_loop().call_soon(self._happened)

    async def _something(self, work: Collection["asyncio.Future[Any]"]) -> None:
        """Until something happens."""
        news = self._news = asyncio.get_running_loop().create_future()
        if work:
            await asyncio.wait({news, *work}, return_when=asyncio.FIRST_COMPLETED)
        else:
            await news

    def _happened(self, _: object = None) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
