"""What the shared limiters of a process have in common: whether Redis is there, what is done meanwhile, the time."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, Protocol
from weakref import WeakSet

logger = logging.getLogger(__name__)

Fail = Literal["open", "closed", "local"]
FLUSH: Final = 0.05
"""Seconds after which Redis is told what calls used, if no other call gives an occasion before."""
PAUSE: Final = 0.25
"""Seconds between two looks for a Redis that is gone."""
_DONE: Final = {
    "open": "calls are let in without limits",
    "closed": "calls to deployments with limits are refused",
    "local": "this process keeps the limits by itself",
}


class Gone(Exception):
    """Redis gives no answer; the message says why."""


class Answers(Protocol):
    """The way to Redis."""

    async def ask(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        """What the script answers. Raises Gone."""
        ...

    async def close(self) -> None: ...


class Member(Protocol):
    """A limiter that has something to tell."""

    news: bool
    """Whether it has anything that Redis does not know."""

    async def tell(self) -> None:
        """Say what has been counted. Raises Gone."""
        ...

    def flush(self) -> None:
        """Begin to say it, if it is news."""
        ...


class Sharing:
    """The part of a process in the limits that it shares with others."""

    def __init__(
        self,
        link: Answers,
        fail: Fail,
        now: Callable[[], float] | None = None,
        told: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """
        Args:
            fail: what is done with calls while Redis is gone.
            now: seconds since 1970. None: by the clock of Redis, which is the same for all.
            told: is told whether Redis is there, whenever that changes.
        """
        self.fail: Final = fail
        self.gone = False
        self._link = link
        self._told = told
        self._clock = now
        self._ahead = time.time() - time.monotonic()
        """Seconds of the common clock before our own."""
        self._members: WeakSet[Member] = WeakSet()
        self._flushing: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    def now(self) -> float:
        """Seconds since 1970, on the common clock."""
        return time.monotonic() + self._ahead if self._clock is None else self._clock()

    def join(self, member: Member) -> None:
        self._members.add(member)

    async def ask(self, script: str, keys: Sequence[str], said: Sequence[str | int | float]) -> list[Any]:
        """What the script answers to this and the time. Raises Gone."""
        time_is: float | str = "" if self._clock is None else self._clock()
        answer: list[Any] = await self._link.ask(script, keys, [time_is, *said])
        if not answer:
            raise Gone("a later message was there before")
        if self._clock is None:
            self._ahead = float(answer[0]) - time.monotonic()
        return answer

    def start(self) -> None:
        """Say at once what there is to say, if only to see whether Redis is there."""
        self._told(not self.gone)
        for member in self._members:
            member.news = True
        self._flush()

    def flush_soon(self) -> None:
        """Tell Redis shortly what is new."""
        if self._flushing is None and not self.gone:
            self._flushing = asyncio.get_running_loop().call_later(FLUSH, self._flush)

    def _flush(self) -> None:
        self._flushing = None
        if not self.gone:
            for member in self._members:
                member.flush()

    def lost(self, why: Gone) -> None:
        """Redis is gone: say so, once, and look for it."""
        if not self.gone:
            self.gone = True
            self._told(False)
            logger.error("Rate limits: Redis is gone (%s); %s until it is back.", why, _DONE[self.fail])
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self.gone:
            await asyncio.sleep(PAUSE)
            try:
                # It may have forgotten everything: each limiter says what it knows before Redis decides again.
                for member in list(self._members):
                    await member.tell()
            except Gone:
                continue
            self.gone = False
            self._told(True)
            logger.warning("Rate limits: Redis is back.")
            self.flush_soon()

    async def close(self) -> None:
        """Say the last words, if anybody listens."""
        if self._flushing is not None:
            self._flushing.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        if not self.gone:
            await asyncio.gather(*(member.tell() for member in self._members), return_exceptions=True)
        # Nobody looks for it any more.
        self.gone = True
        await self._link.close()
