"""Processes that share a limit: several in this one, each with its own way to Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from msgspec import Struct

from zaffre.core.errors import LimitReached, Overloaded
from zaffre.core.limits import RateLimit, Standing
from zaffre.limits.link import Link
from zaffre.limits.shared import Shared
from zaffre.limits.sharing import Fail, Sharing

PATIENCE = 20.0
"""Seconds for whatever is awaited; only a failing test waits so long."""
_fleets = count()


class Member(Struct):
    """One process."""

    sharing: Sharing
    limiter: Shared

    async def admitted(self, calls: int, tokens: int = 0) -> int:
        """Of so many calls at once, how many are let in."""
        asked = (self.admit(tokens) for _ in range(calls))
        return sum(standing is not None for standing in await asyncio.gather(*asked))

    async def admit(self, tokens: int) -> Standing | None:
        """None for a call that is refused."""
        try:
            return await self.limiter.admit(tokens)
        except (LimitReached, Overloaded):
            return None


@asynccontextmanager
async def fleet(
    address: str,
    limit: RateLimit,
    size: int,
    *,
    fail: Fail = "closed",
    now: Callable[[], float] | None = None,
    patience: float = PATIENCE,
) -> AsyncIterator[list[Member]]:
    """So many processes for a deployment that no other fleet knows.

    Args:
        now: None: the clock of Redis.
        patience: seconds that Redis may take to answer.
    """
    name = f"demo-{next(_fleets)}"
    members = []
    for _ in range(size):
        sharing = Sharing(Link(address, patience), fail, now)
        members.append(Member(sharing, Shared(name, limit, sharing, "tests")))
    try:
        yield members
    finally:
        for member in members:
            await member.sharing.close()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that no event tells of."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 (it is another process that changes it)
            await asyncio.sleep(0.01)
