"""A backend that begins to answer and then waits: what happens meanwhile is up to the test."""

import asyncio
from collections.abc import AsyncGenerator

from tests.api.canned import Canned, finish_chunk, text_chunk
from zaffre.core.chat import ChatRequest, Chunk


class Gated(Canned):
    """Says "Hel", waits at its gate, then says "lo."."""

    def __init__(self, breaks: Exception | None = None) -> None:
        """
        Args:
            breaks: raised behind the gate, instead of the rest.
        """
        super().__init__(breaks=breaks)
        self.gate = asyncio.Event()
        self.waiting = 0
        """How many answers are at the gate."""
        self._arrivals = asyncio.Condition()

    async def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        self._remember(request)
        self.closed = False
        try:
            yield [text_chunk("Hel")]
            await self._wait()
            if self._breaks:
                raise self._breaks
            yield [text_chunk("lo.")]
            yield [finish_chunk()]
        finally:
            self.closed = True

    async def reached(self, number: int = 1) -> None:
        """Until so many answers are at the gate."""
        async with asyncio.timeout(30), self._arrivals:
            await self._arrivals.wait_for(lambda: self.waiting >= number)

    async def _wait(self) -> None:
        async with self._arrivals:
            self.waiting += 1
            self._arrivals.notify_all()
        try:
            await self.gate.wait()
        finally:
            self.waiting -= 1
