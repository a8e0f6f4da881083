"""Rows of usage, written in groups off the path.

A record waits in memory for at most `EVERY` seconds: a process that is killed loses at most the calls that ended in the
last second, and one that is stopped loses none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from zaffre.core.usage import CallRecord

logger = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two writes, where there is something to write."""
MOST: Final = 1000
"""Records that are written at once without waiting for the next time."""
MOST_KEPT: Final = 1_000_000
"""Records that wait in memory while they cannot be written; beyond that the oldest are lost, and the log says so."""

Write = Callable[[Sequence[CallRecord]], Awaitable[None]]
Count = Callable[[Sequence[CallRecord]], None]
Limited = Callable[[str, str], None]


class UsageLedger:
    """The port `core.usage.Ledger`."""

    def __init__(
        self, write: Write, count: Count, every: float = EVERY, limited: Limited = lambda _name, _of: None
    ) -> None:
        """
        Args:
            limited: counts a call that a rate limit kept out.
            write: keeps records; what it raises is logged, and tried again.
            count: adds them to the figures.
        """
        self._write = write
        self._count = count
        self._every = every
        self.limited = limited
        self._fresh: list[CallRecord] = []
        self._counted: list[CallRecord] = []
        """Counted, and not yet written."""
        self._writing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._failing = False

    def record(self, record: CallRecord) -> None:
        """One more, to be written with others."""
        fresh = self._fresh
        fresh.append(record)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._due)
        elif len(fresh) == MOST:
            self._due()

    def count(self) -> None:
        """Bring the figures up to date."""
        if self._fresh:
            fresh, self._fresh = self._fresh, []
            self._count(fresh)
            self._counted += fresh

    async def flush(self) -> None:
        """Write what waits. Does not raise."""
        async with self._writing:
            self.count()
            waiting, self._counted = self._counted, []
            if not waiting:
                return
            try:
                await self._write(waiting)
            except Exception as error:
                self._not_written(waiting, error)
            else:
                self._failing = False

    async def close(self) -> None:
        """Write what waits, and take no more."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()

    def _due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task = asyncio.get_running_loop().create_task(self.flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _not_written(self, waiting: list[CallRecord], error: Exception) -> None:
        self._counted = waiting + self._counted
        lost = len(self._counted) - MOST_KEPT
        if lost > 0:
            del self._counted[:lost]
            logger.error("%d records of usage were lost: they cannot be written.", lost)
        if not self._failing:
            self._failing = True
            logger.error("Usage cannot be written, and is kept in memory until it can: %s.", error)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._due)
