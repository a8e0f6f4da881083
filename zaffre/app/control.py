"""The control plane of one application: where resources are kept, read and tried, and when others' changes are seen."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from zaffre.app.backends import PROVIDERS
from zaffre.app.loading import trial
from zaffre.config.schema import Config
from zaffre.config.stored import StoredReader
from zaffre.core.errors import StoreFailed
from zaffre.core.resources import ResourceStore
from zaffre.services.control.control import Control, nothing_to_announce, nothing_to_prepare
from zaffre.services.control.declared import Declared
from zaffre.services.control.effective import Effective

logger = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two looks at what others have changed."""


def control(
    store: ResourceStore,
    declared: Declared,
    data: Path,
    put_in_force: Callable[[Effective], None],
    announce: Callable[[], None] = nothing_to_announce,
    prepare: Callable[[Config], Awaitable[None]] = nothing_to_prepare,
) -> Control:
    """
    Args:
        data: the data folder, where relative paths of what is stored start.
        put_in_force, announce, prepare: as `Control` has them.
    """
    return Control(store, declared, StoredReader(data, PROVIDERS), trial, put_in_force, announce, prepare)


class Following:
    """Sees what other processes and nodes have changed, for as long as the server runs."""

    def __init__(self, control: Control, every: float = EVERY) -> None:
        self._control = control
        self._every = every
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look again and again."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self._control.refresh()
            except StoreFailed:
                # Logged where it failed; what is in force stays so until the database is back.
                continue
            except Exception:
                logger.exception("What others have changed cannot be put in force.")
