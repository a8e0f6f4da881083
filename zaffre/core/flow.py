"""Streams that flow: what arrives is passed on in the turn of the loop that read it, with no task in between.

Waking a task costs more than reading, decoding and writing an event. So a stream on its way from socket to socket is a
chain of flows: each takes from the one before it, and news of the first reaches the last as a plain call.
"""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Flow(AsyncGenerator[T, None]):
    """A stream whose reader takes what is there and is called when there is more.

    For readers who would rather wait it is an asynchronous generator, too. It has one reader, who does it one way at a
    time.
    """

    __slots__ = ()

    more: bool
    """Set by `take`: there may be more at once. Else it is worth asking again at the next news."""

    @abstractmethod
    def take(self) -> T | None:
        """What comes next, None where nothing is there yet.

        Raises StopAsyncIteration at the end, and whatever broke the stream.
        """

    @abstractmethod
    def listen(self, news: Callable[[], None] | None) -> None:
        """Call `news`, which raises nothing, whenever there may be something to take or the end. None: do so no
        longer."""

    @abstractmethod
    def close(self) -> None:
        """Done with it, at any time, as often as you like: its source stops working."""

    async def __anext__(self) -> T:
        while (taken := self.take()) is None:
            await self._arrival()
        return taken

    async def asend(self, _value: None) -> T:
        return await self.__anext__()

    async def athrow(self, typ: Any, val: Any = None, tb: Any = None, /) -> T:
        self.close()
        return await super().athrow(typ, val, tb)

    async def aclose(self) -> None:
        self.close()

    async def _arrival(self) -> None:
        arrival = asyncio.get_running_loop().create_future()
        self.listen(lambda: None if arrival.done() else arrival.set_result(None))
        try:
            await arrival
        except BaseException:
            self.close()
            raise
        finally:
            self.listen(None)
