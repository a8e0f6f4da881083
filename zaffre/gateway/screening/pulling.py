"""Awaits a stream's next events together with other things, without losing any of them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import Any, Final, Generic, TypeVar

from zaffre.gateway.screening.asked import stopped

E = TypeVar("E")
Sleep = Callable[[float], Awaitable[None]]

PATIENCE: Final = 0.15
"""Seconds that a text waits for more of it, at most."""


class Pulling(Generic[E]):
    """One stream of events being awaited. Close it before the stream."""

    def __init__(self, source: AsyncGenerator[list[E], None], sleep: Sleep) -> None:
        self._source = source
        self._sleep = sleep
        self._pull: asyncio.Future[list[E] | None] | None = None
        self._timer: asyncio.Future[None] | None = None
        self.over = False
        """Whether the stream has ended."""

    def begin(self) -> "asyncio.Future[list[E] | None]":
        """Ask for the next events, and let other work go on meanwhile."""
        if self._pull is None:
            self._pull = asyncio.ensure_future(_next(self._source))
        return self._pull

    async def next(self, *, timed: bool, work: Collection["asyncio.Future[Any]"] = ()) -> list[E]:
        """The next events; none where the stream is over, the time is up, or some of the work is done.

        Args:
            timed: something waits to be shown, and not for long.
        """
        if self._pull is None and not timed and not work:
            return self._taken(await _next(self._source))
        pull = self.begin()
        if timed and self._timer is None:
            self._timer = asyncio.ensure_future(self._sleep(PATIENCE))
        awaited: set[asyncio.Future[Any]] = {pull, *work}
        if self._timer is not None and timed:
            awaited.add(self._timer)
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        if not pull.done():
            return []
        self._pull = None
        return self._taken(pull.result())

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
        """Await nothing any more."""
        await self.rest()
        pull, self._pull = self._pull, None
        if pull is not None:
            await stopped(pull)

    def _taken(self, events: list[E] | None) -> list[E]:
        self.over = events is None
        return events or []


async def _next(source: AsyncGenerator[list[E], None]) -> list[E] | None:
    return await anext(source, None)
