"""Whose turn it is: so many calls at once, so many waiting, in the order they came."""

import asyncio

from zaffre.core.errors import Overloaded

_COME_BACK = 5
"""Seconds: about what a few short answers of a small model take."""


class Turns:
    """A bounded queue in front of an engine."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._limit = waiting
        self._waiting = 0

    async def take(self) -> None:
        """Wait for a turn; give it back when the work has ended.

        Raises:
            Overloaded: as many calls as allowed are waiting already.
        """
        if self._free.locked() and self._waiting >= self._limit:
            raise Overloaded("The model is busy: too many calls are waiting.", retry_after=_COME_BACK)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1

    def give_back(self) -> None:
        """The work of one turn has ended."""
        self._free.release()
