"""The writes that a database has under way."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from zaffre.store.port import T


class Writes:
    """Each ends once it has begun, even if its caller is cancelled."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def done(self, transaction: Coroutine[Any, Any, T]) -> T:
        """What the transaction returns. Raises what it raises."""
        task = asyncio.create_task(transaction)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # The caller who leaves leaves nothing half done behind: what it does next finds this over.
            await asyncio.wait([task])
            raise

    async def over(self) -> None:
        """Until none is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
