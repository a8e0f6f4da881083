"""Responses that are answered without their caller: some at a time, the others wait; each step is kept."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Final

import msgspec
from msgspec import Struct, field

from zaffre.core.errors import GatewayError, Overloaded
from zaffre.core.responses import KeptEvent, ResponseStore, StoredResponse
from zaffre.gateway.gateway import Gateway
from zaffre.services.responses.events import Event
from zaffre.services.responses.running import Run, written

logger = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Responses under way at a time."""
MOST_WAITING: Final = 1000
ANNOUNCED: Final = 2
"""Events that tell of a response before its turn comes: created, and queued."""
OVER: Final = frozenset({"completed", "incomplete", "failed", "cancelled"})

Resume = Callable[[Gateway, StoredResponse], Awaitable[Run]]


class _Job(Struct):
    """One response in the background."""

    stored: StoredResponse
    task: asyncio.Task[None] | None = None
    run: Run | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there are more events, or none will come; another one takes its place then."""
    over: bool = False

    def tell(self) -> None:
        """Wake those who follow."""
        self.changed.set()
        self.changed = asyncio.Event()


class Background:
    """Runs them."""

    def __init__(
        self, store: ResponseStore, hold: Callable[[], AbstractContextManager[Gateway]], resume: Resume
    ) -> None:
        """
        Args:
            hold: the gateway in force, kept in use while the context lasts.
            resume: the run of a stored response.
        """
        self._store = store
        self._hold = hold
        self._resume = resume
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._jobs: dict[str, _Job] = {}

    def check(self) -> None:
        """Raises Overloaded where too many are waiting."""
        if len(self._jobs) >= AT_ONCE + MOST_WAITING:
            raise Overloaded("Too many background responses are waiting. Please retry later.")

    def begin(self, stored: StoredResponse) -> None:
        """Run it when its turn comes."""
        job = self._jobs[stored.id] = _Job(stored)
        job.task = asyncio.create_task(self._work(job))

    async def cancel(self, stored: StoredResponse) -> StoredResponse:
        """The response after it was stopped, or as it ended."""
        job = self._jobs.get(stored.id)
        if job is None:
            return stored
        await _stopped(job)
        if job.stored.status not in OVER:
            await self._cancelled(job)
        return job.stored

    async def stop(self, response_id: str) -> None:
        """Stop it, without a trace."""
        job = self._jobs.get(response_id)
        if job is not None:
            await _stopped(job)

    async def close(self) -> None:
        """Stop all of them; they stay as they are stored."""
        await asyncio.gather(*(_stopped(job) for job in list(self._jobs.values())))

    async def followed(self, stored: StoredResponse, after: int) -> AsyncGenerator[list[Event], None]:
        """The events with a number above `after`, to the last."""
        while True:
            job = self._jobs.get(stored.id)
            more = None if job is None or job.over else job.changed
            found = await self._store.events(stored.id, after)
            if found:
                after = found[-1].number
                yield [Event(event.type, event.number, event.data) for event in found]
            elif more is None:
                return
            else:
                await more.wait()

    async def _work(self, job: _Job) -> None:
        try:
            async with self._turns:
                with self._hold() as gateway:
                    await self._answer(job, gateway)
        except asyncio.CancelledError:
            raise
        except Exception:
            # The traceback names our own code; what was asked stays out of the log.
            logger.exception("A background response could not be kept.")
        finally:
            self._jobs.pop(job.stored.id, None)
            job.over = True
            job.tell()

    async def _answer(self, job: _Job, gateway: Gateway) -> None:
        stored = job.stored
        # An earlier run of the server may have come some way: the answer begins anew.
        await self._store.forget_events(stored.id, ANNOUNCED)
        try:
            run = job.run = await self._resume(gateway, stored)
        except GatewayError as error:
            # What was admitted once is no more: its deployment was changed or taken away.
            await self._failed_to_begin(job, error)
            return
        await self._keep(job, run.writer.begin())
        try:
            async for events in written(run, await run.stream()):
                await self._keep(job, events)
        except GatewayError as error:
            logger.warning("A background response failed: %.300r (%s).", error.message, error.code)
            await self._keep(job, run.writer.fail(error))

    async def _keep(self, job: _Job, events: list[Event]) -> None:
        """Keep what was said and how things stand, then tell those who follow."""
        run, stored = job.run, job.stored
        if run is None:
            return
        if stored.streamed:
            await self._store.add_events(stored.id, kept(events))
        if run.writer.status != stored.status:
            output, body = msgspec.json.encode(run.writer.output_items), run.writer.snapshot()
            job.stored = msgspec.structs.replace(stored, status=run.writer.status, output=output, body=body)
            await self._store.update(job.stored)
        job.tell()

    async def _failed_to_begin(self, job: _Job, error: GatewayError) -> None:
        body = msgspec.json.decode(job.stored.body)
        body |= {"status": "failed", "error": {"code": "server_error", "message": error.message}}
        job.stored = msgspec.structs.replace(job.stored, status="failed", body=msgspec.json.encode(body))
        await self._store.update(job.stored)

    async def _cancelled(self, job: _Job) -> None:
        stored = job.stored
        if job.run is None:
            body = msgspec.json.encode({**msgspec.json.decode(stored.body), "status": "cancelled"})
            output = stored.output
        else:
            job.run.writer.cancel()
            output, body = msgspec.json.encode(job.run.writer.output_items), job.run.writer.snapshot()
        job.stored = msgspec.structs.replace(stored, status="cancelled", output=output, body=body)
        await self._store.update(job.stored)


async def _stopped(job: _Job) -> None:
    if job.task is not None:
        job.task.cancel()
        await asyncio.gather(job.task, return_exceptions=True)


def kept(events: list[Event]) -> list[KeptEvent]:
    """The events as the store has them."""
    return [KeptEvent(event.number, event.type, event.data) for event in events]
