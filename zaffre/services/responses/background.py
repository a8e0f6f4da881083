"""Responses that are answered without their callers: some at a time, the others wait."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from zaffre.core.errors import Overloaded, StoreFailed
from zaffre.core.responses import ResponseStore, StoredResponse
from zaffre.gateway.gateway import Gateway
from zaffre.services.responses.events import Event
from zaffre.services.responses.job import Job, Resume, cancelled, kept

logger = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Responses under way at a time."""
MOST_WAITING: Final = 1000
LOOK: Final = 0.2
"""Seconds between two looks at what another process runs."""


class Background:
    """Those that this process runs."""

    def __init__(
        self, store: ResponseStore, hold: Callable[[], AbstractContextManager[Gateway]], resume: Resume
    ) -> None:
        """
        Args:
            hold: the gateway in force, kept in use while the context lasts.
        """
        self._store = store
        self._hold = hold
        self._resume = resume
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._arrivals: set[asyncio.Task[None]] = set()

    async def accept(self, stored: StoredResponse, announced: Sequence[Event]) -> None:
        """Keep it, and run it when its turn comes: once it is kept, even if its caller is gone.

        Raises:
            Overloaded: too many are waiting.
            StoreFailed
        """
        if len(self._jobs) >= AT_ONCE + MOST_WAITING:
            raise Overloaded("Too many background responses are waiting. Please retry later.")
        arrival = asyncio.create_task(self._arrived(stored, announced))
        self._arrivals.add(arrival)
        arrival.add_done_callback(self._arrivals.discard)
        await asyncio.shield(arrival)

    def begin(self, stored: StoredResponse) -> None:
        """Run it when its turn comes."""
        job = self._jobs[stored.id] = Job(stored, self._store)
        task = self._tasks[stored.id] = asyncio.create_task(self._work(job))
        task.add_done_callback(lambda _: self._end(job))

    async def cancel(self, stored: StoredResponse) -> StoredResponse:
        """The response after it was stopped, or as it ended."""
        job = self._jobs.get(stored.id)
        if job is not None:
            job.unwanted = True
            await _stopped(self._tasks[stored.id])
        elif not stored.over:
            # Another process runs it, and finds out.
            await self._store.advance(cancelled(stored))
        return await self._store.get(stored.id) or stored

    async def stop(self, response_id: str) -> None:
        """Stop it, without a trace."""
        task = self._tasks.get(response_id)
        if task is not None:
            await _stopped(task)

    async def close(self) -> None:
        """Stop all of them; they stay as they are stored."""
        await asyncio.gather(*self._arrivals, return_exceptions=True)
        await asyncio.gather(*map(_stopped, list(self._tasks.values())))

    async def followed(self, stored: StoredResponse, after: int) -> AsyncGenerator[list[Event], None]:
        """The events with a number above `after`, to the last."""
        ours = False
        while True:
            job = self._jobs.get(stored.id)
            ours = ours or job is not None
            more = None if job is None or job.over else job.changed
            # Asked before its events are: what it said last is among them. One of ours that has ended is over, even if
            # that could not be kept.
            over = more is None and (ours or await self._over(stored.id))
            found = await self._store.events(stored.id, after)
            if found:
                after = found[-1].number
                yield [Event(event.type, event.number, event.data) for event in found]
            elif more is not None:
                await more.wait()
            elif over:
                return
            else:
                # Another process runs it, or will.
                await asyncio.sleep(LOOK)

    async def _over(self, response_id: str) -> bool:
        stored = await self._store.get(response_id)
        return stored is None or stored.over

    async def _arrived(self, stored: StoredResponse, announced: Sequence[Event]) -> None:
        await self._store.add(stored, kept(announced) if stored.streamed else ())
        self.begin(stored)

    async def _work(self, job: Job) -> None:
        try:
            await self._in_turn(job)
        except asyncio.CancelledError:
            if not job.unwanted:
                raise
            await self._forgotten(job)
        except StoreFailed as error:
            logger.error("How a background response ended could not be kept: %s", error.message)

    async def _in_turn(self, job: Job) -> None:
        async with self._turns:
            with self._hold() as gateway:
                await job.answer(gateway, self._resume)

    async def _forgotten(self, job: Job) -> None:
        try:
            await job.cancel()
        except StoreFailed as error:
            logger.error("A background response could not be cancelled: %s", error.message)

    def _end(self, job: Job) -> None:
        del self._jobs[job.stored.id], self._tasks[job.stored.id]
        job.over = True
        job.tell()


async def _stopped(task: "asyncio.Task[None]") -> None:
    """Cancel it, once, and wait for its end."""
    if not task.cancelling():
        task.cancel()
    await asyncio.wait([task])
