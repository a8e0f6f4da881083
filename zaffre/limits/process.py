"""A limit that this process keeps by itself."""

import time
from collections.abc import Callable
from typing import Protocol

from zaffre.core.chat import Usage
from zaffre.core.limits import Provisioned, RateLimit, Standing
from zaffre.limits.bucket import Bucket
from zaffre.limits.windows import Windows


class Counters(Protocol):
    """What counts one deployment's calls."""

    def take(self, tokens: int, now: float) -> Standing:
        """Count a call that there is room for. Raises LimitReached."""
        ...

    def settle(self, standing: Standing, usage: Usage | None, now: float) -> None:
        """Count what a call used instead of its estimate."""
        ...


class InProcess:
    """The limiter of one deployment. It is exact: what it lets in never exceeds what the limit has room for."""

    def __init__(self, name: str, limit: RateLimit, now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            name: the deployment's.
            now: seconds on a clock that is never set back.
        """
        self._counters: Counters = Bucket(name, limit) if isinstance(limit, Provisioned) else Windows(name, limit)
        self._now = now

    async def admit(self, tokens: int) -> Standing:
        return self._counters.take(tokens, self._now())

    def settle(self, standing: Standing, usage: Usage | None) -> None:
        self._counters.settle(standing, usage, self._now())
