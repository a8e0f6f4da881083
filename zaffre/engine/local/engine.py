"""A local model at work: calls wait their turn, run in threads, and end when their caller goes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from zaffre.core.errors import Overloaded
from zaffre.engine.local.llama import Llama, Operation
from zaffre.engine.local.loading import Loading
from zaffre.engine.local.relay import Relay
from zaffre.engine.local.turns import Turns

T = TypeVar("T")

QUEUE: Final = 64
"""Calls that may wait, where nothing is said."""


class Engine:
    """Runs one model for any number of deployments."""

    def __init__(self, loading: Loading, parallel: int, queue: int | None = None) -> None:
        """
        Args:
            loading: the model.
            parallel: calls at once, as the model was shaped for.
            queue: calls that may wait.
        """
        self.loading = loading
        self._turns = Turns(parallel, QUEUE if queue is None else queue)
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix=loading.title)
        self._running: set[Relay] = set()
        self._closed = False

    async def events(self, llama: Llama, operation: Operation, body: bytes) -> AsyncGenerator[list[bytes], None]:
        """What the loaded model says to one request: JSON events, in lists of what arrived together.

        Closing the generator stops the model at its next token (or every few hundred tokens of a long prompt).

        Raises:
            Refused: llama.cpp will not begin.
            Overloaded: too many calls are waiting.
        """
        await self._turn()
        relay = Relay()
        self._running.add(relay)
        work = self._begin(lambda: llama.run(operation, body, relay.put))
        work.add_done_callback(lambda _: self._ended(relay))
        try:
            while events := await relay.take():
                yield events
            work.result()
        finally:
            relay.cancel()

    async def embed(self, llama: Llama, body: bytes) -> bytes:
        """The model's answer to one request for embeddings, as JSON. Raises as `events` does.

        A call that has begun is finished even if its caller goes; ask for a few texts at a time.
        """
        await self._turn()
        return await asyncio.shield(self._begin(lambda: llama.embed(body)))

    async def close(self) -> None:
        """Stop what is running or loading, then free the model. Once is enough, more does no harm."""
        if self._closed:
            return
        self._closed = True
        for relay in self._running:
            relay.cancel()
        llama = await self.loading.close()
        await asyncio.to_thread(self._threads.shutdown)
        if llama is not None:
            await asyncio.to_thread(llama.close)

    async def _turn(self) -> None:
        await self._turns.take()
        if self._closed:
            self._turns.give_back()
            raise Overloaded("The server is stopping.")

    def _begin(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run it in a thread. The turn ends with the work, not with the caller's interest in it."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        running.add_done_callback(self._give_back)
        return running

    def _give_back(self, work: asyncio.Future[T]) -> None:
        self._turns.give_back()
        # Looked at here since the caller may be gone.
        work.exception()

    def _ended(self, relay: Relay) -> None:
        self._running.discard(relay)
        relay.end()
