"""Responses: answered at once, streamed, or in the background; kept, chained, found again.

What is kept, is kept for 30 days. A stream whose caller leaves is cancelled and kept as far as it came. Background
responses go on without their caller, and begin anew if the server was stopped before they were done.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from zaffre.core.chat import ChatRequest
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, Cut, GatewayError, NoSuchObject
from zaffre.core.responses import ResponseStore, StoredResponse
from zaffre.gateway.call import Call
from zaffre.gateway.fields import fields_of
from zaffre.gateway.gateway import Gateway
from zaffre.services.responses.background import ANNOUNCED, OVER, Background, kept
from zaffre.services.responses.events import Event
from zaffre.services.responses.items import resolved
from zaffre.services.responses.parameters import Asked, asked
from zaffre.services.responses.running import Now, Run, written

logger = logging.getLogger(__name__)

KEPT: Final = 30 * 86_400
"""Seconds."""
_SWEEP: Final = 3600.0
"""Seconds between two looks for what is too old."""
_LONGEST_CHAIN: Final = 1000

Hold = Callable[[], AbstractContextManager[Gateway]]
"""The gateway in force, kept in use while the context lasts."""


class Responses:
    """All responses of this server."""

    def __init__(self, store: ResponseStore, hold: Hold, now: Now = time.time) -> None:
        self._store = store
        self._now = now
        self._background = Background(store, hold, self._resumed)
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what an earlier run of the server left unfinished."""
        for stored in await self._store.unfinished():
            self._background.begin(stored)
        self._begin_to_sweep()

    async def close(self) -> None:
        """Stop what runs in the background; the next start takes it up again."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self._background.close()

    async def create(
        self, gateway: Gateway, principal: Principal, name: str, asked: Asked
    ) -> tuple[bytes, Call[ChatRequest] | None]:
        """The Response object and the call that it answers; or one that is queued, to be answered in the background.

        Args:
            name: the deployment's.

        Raises:
            Any refusal of the gateway or of the backend, in a response's words.
        """
        run = await self._admitted(gateway, principal, name, asked)
        if asked.known.background:
            return (await self._queued(run)).body, None
        await run.whole()
        if asked.stored:
            await self._keep(self._row(run))
        return run.writer.snapshot(), run.call

    async def stream(
        self, gateway: Gateway, principal: Principal, name: str, asked: Asked
    ) -> tuple[AsyncGenerator[list[Event], None], Call[ChatRequest] | None]:
        """The response's events, and the call as of `create`. Raises as that does, before the first of them."""
        run = await self._admitted(gateway, principal, name, asked)
        if asked.known.background:
            stored = await self._queued(run)
            return self._background.followed(stored, -1), None
        return self._written(run, await run.stream()), run.call

    async def get(self, principal: Principal, response_id: str) -> StoredResponse:
        """
        Raises:
            NoSuchObject: there is none of that id, it is too old, or of a deployment that the principal may not use.
        """
        stored = await self._store.get(response_id)
        if stored is None or not self._is_there(principal, stored):
            raise NoSuchObject("Response", response_id)
        return stored

    def followed(self, stored: StoredResponse, after: int) -> AsyncGenerator[list[Event], None]:
        """The events above a number, those to come included.

        Raises:
            BadRequest: the response was not made to be streamed.
        """
        if not (stored.background and stored.streamed):
            raise BadRequest("This response cannot be streamed: it was not created with stream=true.", param="stream")
        return self._background.followed(stored, after)

    async def delete(self, stored: StoredResponse) -> None:
        """Forget it; what runs for it is stopped."""
        await self._background.stop(stored.id)
        await self._store.delete(stored.id)

    async def cancel(self, stored: StoredResponse) -> bytes:
        """The Response object after it was stopped; one that is over stays as it is.

        Raises:
            BadRequest: it does not run in the background.
        """
        if not stored.background:
            raise BadRequest("Cannot cancel a synchronous response.", param="response_id")
        cancelled = await self._background.cancel(stored)
        return cancelled.body

    async def _admitted(self, gateway: Gateway, principal: Principal, name: str, asked: Asked) -> Run:
        context = await self._context(principal, asked.known.previous_response_id)
        asked.input_items = resolved(asked.input_items, await self._referred_to(principal, asked.references))
        return Run(gateway, principal, name, asked, context, now=self._now)

    async def _resumed(self, gateway: Gateway, stored: StoredResponse) -> Run:
        """A run of a response that was made before, and announced with two events."""
        principal = Principal(stored.principal)
        again = asked(stored.request, fields_of(stored.request))
        again.input_items = _items(stored.input)
        context = await self._context(principal, stored.previous)
        return Run(
            gateway,
            principal,
            stored.deployment,
            again,
            context,
            unique=stored.id,
            created=stored.created,
            number=ANNOUNCED,
            now=self._now,
        )

    async def _queued(self, run: Run) -> StoredResponse:
        self._background.check()
        announced = run.writer.queue()
        stored = self._row(run)
        await self._keep(stored)
        if stored.streamed:
            await self._store.add_events(stored.id, kept(announced))
        self._background.begin(stored)
        return stored

    async def _written(self, run: Run, chunks: Any) -> AsyncGenerator[list[Event], None]:
        """The events of a response that is streamed to its caller; kept however it ends, and before it is told so."""
        kept_as = ""
        try:
            yield run.writer.begin()
            async for events in written(run, chunks):
                if run.writer.status in OVER:
                    kept_as = await asyncio.shield(self._settled(run))
                yield events
        except Cut as cut:
            run.writer.fail(cut)
            raise
        except GatewayError as error:
            logger.warning("A response broke after it had begun: %.300r (%s).", error.message, error.code)
            events = run.writer.fail(error)
            kept_as = await asyncio.shield(self._settled(run))
            yield events
        except BaseException:
            if not kept_as:
                run.writer.cancel()
            raise
        finally:
            if not kept_as:
                # The caller may have left: what was answered is kept all the same.
                await asyncio.shield(self._settled(run))

    async def _settled(self, run: Run) -> str:
        """Keep it, if it is to be kept; as what."""
        if run.asked.stored:
            await self._keep(self._row(run))
        return run.writer.status

    def _row(self, run: Run) -> StoredResponse:
        known = run.asked.known
        return StoredResponse(
            run.id,
            run.deployment.name.lower(),
            run.created,
            run.writer.status,
            known.background is True,
            known.stream is True,
            known.previous_response_id,
            run.principal.name,
            msgspec.json.encode(run.asked.fields),
            msgspec.json.encode(run.asked.input_items),
            msgspec.json.encode(run.writer.output_items),
            run.writer.snapshot(),
        )

    async def _context(self, principal: Principal, previous: str | None) -> list[Raw]:
        """What was said up to and with that response, oldest first.

        Raises:
            BadRequest: there is no such response, or it is not over.
        """
        chain: list[list[Raw]] = []
        unique = previous
        while unique and len(chain) < _LONGEST_CHAIN:
            stored = await self._store.get(unique)
            if stored is None or not self._is_there(principal, stored):
                raise _no_previous(unique)
            if stored.status in ("queued", "in_progress"):
                raise _no_previous(unique, f"Response with id '{unique}' is not over yet.")
            chain.append(_items(stored.input) + _items(stored.output))
            unique = stored.previous
        return [item for items in reversed(chain) for item in items]

    async def _referred_to(self, principal: Principal, references: Sequence[str]) -> dict[str, Raw]:
        """The items of these ids that are kept, wherever they were said: some clients send nothing else."""
        found: dict[str, Raw] = {}
        for item_id in references:
            stored = None if item_id in found else await self._store.with_item(item_id)
            if stored is not None and self._is_there(principal, stored):
                found |= {_id(item): item for item in _items(stored.input) + _items(stored.output)}
        return found

    def _is_there(self, principal: Principal, stored: StoredResponse) -> bool:
        """Whether it is there for this principal: not too old, and of a deployment that it may use."""
        allowed = principal.deployments is None or stored.deployment in principal.deployments
        return allowed and stored.created >= self._now() - KEPT

    async def _keep(self, stored: StoredResponse) -> None:
        await self._store.add(stored)
        self._begin_to_sweep()

    def _begin_to_sweep(self) -> None:
        """Look for what is too old from now on: there is nothing to find before something is kept."""
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        while True:
            await self._store.forget_before(int(self._now()) - KEPT)
            await asyncio.sleep(_SWEEP)


class _Kept(Struct):
    id: str


def _id(item: Raw) -> str:
    return msgspec.json.decode(item, type=_Kept).id


def _items(raw: bytes) -> list[Raw]:
    return msgspec.json.decode(raw, type=list[Raw])


def _no_previous(unique: str, why: str = "") -> BadRequest:
    message = why or f"Previous response with id '{unique}' not found."
    return BadRequest(message, param="previous_response_id", code="previous_response_not_found")
