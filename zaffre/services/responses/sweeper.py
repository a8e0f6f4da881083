"""What has to be looked after from time to time, as long as the server runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from zaffre.core.errors import StoreFailed

logger = logging.getLogger(__name__)

PAUSE: Final = 3600.0
"""Seconds from one look to the next."""


class Sweeper:
    """Looks after it, in a task of its own."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look for the first time now, unless it was begun before."""
        if self._task is None:
            self._task = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _sweep(self) -> None:
        while True:
            try:
                await self._look()
            except StoreFailed as error:
                logger.error("What is too old could not be deleted: %s", error.message)
            await asyncio.sleep(PAUSE)
