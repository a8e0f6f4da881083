"""Responses: answered at once, streamed, or in the background; kept, chained, found again.

A stream whose caller leaves is cancelled and kept as far as it came. Background responses go on without their caller,
and begin anew if the server ended before they were done.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing, suppress

import msgspec

from zaffre.core.chat import ChatRequest, Chunk
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, Cut, GatewayError, StoreFailed
from zaffre.core.responses import ResponseStore, StoredResponse
from zaffre.gateway.call import Call
from zaffre.gateway.fields import fields_of
from zaffre.gateway.gateway import Gateway
from zaffre.services.responses.background import Background
from zaffre.services.responses.events import Event
from zaffre.services.responses.items import resolved
from zaffre.services.responses.kept import Kept, Now, input_of
from zaffre.services.responses.parameters import Asked, asked
from zaffre.services.responses.running import Run, written
from zaffre.services.responses.sweeper import Sweeper

logger = logging.getLogger(__name__)

Hold = Callable[[], AbstractContextManager[Gateway]]
"""The gateway in force, kept in use while the context lasts."""


class Responses:
    """All responses of this server."""

    def __init__(self, store: ResponseStore, hold: Hold, now: Now = time.time, *, takes_up: bool = True) -> None:
        """
        Args:
            takes_up: goes on with what processes that are gone left. Of those that serve together one does.
        """
        self._takes_up = takes_up
        self._store = store
        self._now = now
        self._kept = Kept(store, now)
        self._background = Background(store, hold, self._resumed)
        self._sweeper = Sweeper(self._look_after)

    async def start(self) -> None:
        """Take up what earlier runs of the server left unfinished. Raises StoreFailed."""
        await self._store.open()
        await self.take_up()
        self._sweeper.begin()

    async def take_up(self) -> None:
        """Run what processes that are gone left, unless that is another's business. Raises StoreFailed."""
        if self._takes_up:
            for stored in await self._store.take_up():
                self._background.begin(stored)

    async def close(self) -> None:
        """Stop what runs in the background; the next start takes it up again."""
        await self._sweeper.close()
        await self._background.close()

    async def create(
        self, gateway: Gateway, principal: Principal, name: str, asked: Asked
    ) -> tuple[bytes, Call[ChatRequest] | None]:
        """The Response object and the call that it answers; or one that is queued, to be answered in the background.

        Args:
            name: the deployment's.

        Raises:
            Any refusal of the gateway or of the backend, in a response's words; StoreFailed.
        """
        run = await self._admitted(gateway, principal, name, asked)
        if asked.known.background:
            return (await self._queued(run)).body, None
        await run.whole()
        await self._settle(run)
        return run.writer.snapshot(), run.call

    async def stream(
        self, gateway: Gateway, principal: Principal, name: str, asked: Asked
    ) -> tuple[AsyncGenerator[list[Event], None], Call[ChatRequest] | None]:
        """The response's events, and the call as of `create`. Raises as that does, before the first of them."""
        run = await self._admitted(gateway, principal, name, asked)
        if asked.known.background:
            return self._background.followed(await self._queued(run), -1), None
        return self._streamed(run, await run.stream()), run.call

    async def count(self, gateway: Gateway, principal: Principal, name: str, asked: Asked) -> int:
        """How many tokens the input is, by estimate. Raises what `create` raises before the model is asked."""
        return (await self._run(gateway, principal, name, asked)).input_tokens

    async def get(self, principal: Principal, response_id: str) -> StoredResponse:
        """
        Raises:
            NoSuchObject: there is none of that id, it is too old, or of a deployment that the principal may not use.
        """
        return await self._kept.get(principal, response_id)

    def followed(self, stored: StoredResponse, after: int) -> AsyncGenerator[list[Event], None]:
        """The events above a number, those to come included.

        Raises:
            BadRequest: the response was not made to be streamed.
        """
        if not (stored.background and stored.streamed):
            raise BadRequest(
                "This response cannot be streamed: it was not created with background=true and stream=true.",
                param="stream",
            )
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
        return (await self._background.cancel(stored)).body

    async def _admitted(self, gateway: Gateway, principal: Principal, name: str, asked: Asked) -> Run:
        """A run that can be kept, if it is to be: no model works for what is lost."""
        if asked.stored:
            await self._store.open()
            self._sweeper.begin()
        return await self._run(gateway, principal, name, asked)

    async def _run(self, gateway: Gateway, principal: Principal, name: str, asked: Asked) -> Run:
        context = await self._kept.conversation(principal, asked.known.previous_response_id)
        asked.input_items = resolved(asked.input_items, await self._kept.items(principal, asked.references))
        return Run(gateway, principal, name, asked, context, now=self._now)

    async def _resumed(self, gateway: Gateway, stored: StoredResponse, number: int) -> Run:
        """A run of a response that was made before, and the number of its next event."""
        principal = Principal(stored.principal)
        again = asked(stored.request, fields_of(stored.request))
        again.input_items = input_of(stored)
        context = await self._kept.conversation(principal, stored.previous)
        return Run(
            gateway,
            principal,
            stored.deployment,
            again,
            context,
            unique=stored.id,
            created=stored.created,
            number=number,
            now=self._now,
        )

    async def _queued(self, run: Run) -> StoredResponse:
        announced = run.writer.queue()
        stored = _row(run)
        await self._background.accept(stored, announced)
        return stored

    async def _streamed(self, run: Run, chunks: AsyncGenerator[list[Chunk], None]) -> AsyncGenerator[list[Event], None]:
        """The events of a response that is streamed to its caller; kept however it ends, and before it is told so."""
        try:
            async with aclosing(chunks), aclosing(written(run, chunks)) as batches:
                yield run.writer.begin()
                async for events in batches:
                    yield await self._last(run, events) if run.writer.over else events
        except Cut as cut:
            run.writer.fail(cut)
            raise
        except GatewayError as error:
            logger.warning("A response broke after it had begun: %.300r (%s).", error.message, error.code)
            yield await self._last(run, run.writer.fail(error))
        except (asyncio.CancelledError, GeneratorExit):
            if not run.writer.over:
                run.writer.cancel()
            raise
        except Exception:
            run.writer.fail(GatewayError())
            raise
        finally:
            # Nobody is there any more who could be told that it was not kept.
            with suppress(StoreFailed):
                await self._settle(run)

    async def _last(self, run: Run, events: list[Event]) -> list[Event]:
        """The last events, once the response is kept; where it cannot be, the very last one says so."""
        try:
            await self._settle(run)
        except StoreFailed as error:
            run.writer.number = events[-1].number
            return [*events[:-1], *run.writer.fail(error)]
        return events

    async def _settle(self, run: Run) -> None:
        """Keep it, if it is to be kept and was not. Raises StoreFailed."""
        if run.asked.stored and not run.settled:
            run.settled = True
            await self._store.add(_row(run))

    async def _look_after(self) -> None:
        await self.take_up()
        await self._store.forget_before(self._kept.since)


def _row(run: Run) -> StoredResponse:
    known = run.asked.known
    return StoredResponse(
        id=run.id,
        deployment=run.deployment.name.lower(),
        created=run.created,
        status=run.writer.status,
        background=known.background is True,
        streamed=known.stream is True,
        previous=known.previous_response_id,
        principal=run.principal.name,
        begun=0,
        request=msgspec.json.encode(run.asked.fields),
        input=msgspec.json.encode(run.asked.input_items),
        output=msgspec.json.encode(run.writer.output_items),
        body=run.writer.snapshot(),
    )
