"""What is said once a day."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from zaffre.core.lifetime import Calendar


class Daily:
    """Calls something as each new day begins, in UTC."""

    def __init__(
        self,
        calendar: Calendar,
        tell: Callable[[], None],
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Args:
            wait: for so many seconds.
        """
        self._calendar = calendar
        self._tell = tell
        self._wait = wait
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with the next day."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            today = self._calendar.today()
            # A clock that is set back, or a wait that ends early, must not make two days of one.
            while self._calendar.today() == today:
                await self._wait(self._calendar.until_tomorrow())
            self._tell()

    async def close(self) -> None:
        """Say no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
