"""The calls that a configuration still has to answer after the next one has taken its place."""

import asyncio


class Calls:
    """Counts the calls under way."""

    def __init__(self) -> None:
        self._under_way = 0
        self._over: asyncio.Event | None = None

    def begin(self) -> None:
        """One more."""
        self._under_way += 1

    def end(self) -> None:
        """One less."""
        self._under_way -= 1
        if self._over and not self._under_way:
            self._over.set()

    async def over(self) -> None:
        """Until none is under way. To be awaited when no more begin."""
        self._over = asyncio.Event()
        if self._under_way:
            await self._over.wait()
