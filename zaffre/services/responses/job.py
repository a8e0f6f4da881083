"""One response that is answered without its caller: each step is kept, then told to those who follow."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, Final

import msgspec

from zaffre.core.errors import GatewayError
from zaffre.core.responses import KeptEvent, ResponseStore, StoredResponse
from zaffre.gateway.gateway import Gateway
from zaffre.services.responses.answer import failure
from zaffre.services.responses.events import Event, Writer
from zaffre.services.responses.running import Run, written

logger = logging.getLogger(__name__)

ANNOUNCED: Final = 2
"""Events that tell of a response before its turn comes: created, and queued."""
MOST_BEGINNINGS: Final = 5
"""A response that has seen the server end so many times may be what ends it."""

Resume = Callable[[Gateway, StoredResponse, int], Awaitable[Run]]
"""The run of a stored response, and the number of its next event."""


class Job:
    """The response, from its turn to its end."""

    def __init__(self, stored: StoredResponse, store: ResponseStore) -> None:
        self.stored = stored
        self.unwanted = False
        """Cancelled by a caller, rather than by the end of the server."""
        self.over = False
        self.changed = asyncio.Event()
        """Set when there are more events, or none will come; another one takes its place then."""
        self._store = store
        self._writer: Writer | None = None

    async def answer(self, gateway: Gateway, resume: Resume) -> None:
        """Let the model answer, from the start even if an earlier run of the server came some way.

        Raises:
            StoreFailed: how it ended could not be kept.
        """
        try:
            await self._answer(gateway, resume)
        except _Over:
            # Another process ended or deleted it.
            return
        except GatewayError as error:
            logger.warning("A background response failed: %.300r (%s).", error.message, error.code)
            await self._fail(error)
        except Exception:
            # The traceback names our own code; what was asked stays out of the log.
            logger.exception("A background response failed.")
            await self._fail(GatewayError())

    async def cancel(self) -> None:
        """Nobody wants more of it. There is no event that says so. Raises StoreFailed."""
        await self._store.advance(cancelled(self.stored, self._writer))

    def tell(self) -> None:
        """Wake those who follow."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def _answer(self, gateway: Gateway, resume: Resume) -> None:
        if self.stored.begun >= MOST_BEGINNINGS:
            raise GatewayError(f"The server ended {MOST_BEGINNINGS} times before this response was answered.")
        # It was admitted once, but its deployment may have changed while it waited.
        run = await resume(gateway, self.stored, await self._next_number())
        self._writer = run.writer
        self.stored = msgspec.structs.replace(self.stored, begun=self.stored.begun + 1)
        await self._keep(run.writer, run.writer.begin(), anew_from=ANNOUNCED)
        chunks = await run.stream()
        async with aclosing(chunks), aclosing(written(run, chunks)) as batches:
            async for events in batches:
                await self._keep(run.writer, events)

    async def _next_number(self) -> int:
        """The first that no event of an earlier run has: a number never means two things to those who follow."""
        last = await self._store.last_number(self.stored.id) if self.stored.streamed else -1
        return max(last + 1, ANNOUNCED)

    async def _keep(self, writer: Writer, events: Sequence[Event], anew_from: int | None = None) -> None:
        """Raises StoreFailed; _Over where it is over or gone already."""
        stored = self.stored if writer.status == self.stored.status else standing(self.stored, writer)
        # Between its beginning and its end, what is said of a response is kept as events alone.
        if stored is self.stored and not stored.streamed and anew_from is None:
            return
        if not await self._store.advance(stored, kept(events) if stored.streamed else (), anew_from):
            raise _Over
        self.stored = stored
        self.tell()

    async def _fail(self, error: GatewayError) -> None:
        with suppress(_Over):
            if self._writer is not None:
                await self._keep(self._writer, self._writer.fail(error))
            else:
                await self._fail_to_begin(error)

    async def _fail_to_begin(self, error: GatewayError) -> None:
        """It failed before there was a run to say so."""
        body = msgspec.json.decode(self.stored.body) | {"status": "failed", "error": failure(error)}
        number = await self._next_number()
        event = {"type": "response.failed", "sequence_number": number, "response": body}
        told = [KeptEvent(number, "response.failed", msgspec.json.encode(event))] if self.stored.streamed else []
        failed = msgspec.structs.replace(self.stored, status="failed", body=msgspec.json.encode(body))
        await self._store.advance(failed, told)


class _Over(Exception):
    """There is nothing more to keep of it."""


def standing(stored: StoredResponse, writer: Writer) -> StoredResponse:
    """The response as it stands by now."""
    output = msgspec.json.encode(writer.output_items)
    return msgspec.structs.replace(stored, status=writer.status, output=output, body=writer.snapshot())


def cancelled(stored: StoredResponse, writer: Writer | None = None) -> StoredResponse:
    """The response as it is when it's cancelled, with what was answered by then."""
    if writer is not None:
        writer.cancel()
        return standing(stored, writer)
    body: dict[str, Any] = msgspec.json.decode(stored.body) | {"status": "cancelled"}
    return msgspec.structs.replace(stored, status="cancelled", body=msgspec.json.encode(body))


def kept(events: Sequence[Event]) -> list[KeptEvent]:
    """The events as the store has them."""
    return [KeptEvent(event.number, event.type, event.data) for event in events]
