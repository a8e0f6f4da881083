"""What a process and Redis tell each other of one deployment, in the words of `windows.lua` and `bucket.lua`."""

from importlib.resources import files
from typing import Any, Literal, Protocol

from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import PerWindow, Provisioned, RateLimit, Standing
from zaffre.limits.bucket import Bucket
from zaffre.limits.windows import Window, Windows

Verdict = Literal[0, 1, 2]
"""Of a call: let in, too many requests, too many tokens."""


class Tally(Protocol):
    """The counters of one deployment, in a process that shares them with others."""

    script: str
    keys: tuple[str, ...]

    def said(self, now: float) -> list[int | float]:
        """What Redis is told: the limit, and what this process has counted."""
        ...

    def heard(self, answer: list[Any], now: float) -> list[Verdict]:
        """Take note of what all others have counted; what became of the calls, which are not counted yet."""
        ...

    def take(self, tokens: int, now: float) -> Standing:
        """Count a call for which there is room, as far as this process knows. Raises LimitReached."""
        ...

    def count(self, tokens: int, now: float) -> Standing:
        """Count a call."""
        ...

    def reached(self, verdict: Verdict, now: float) -> LimitReached:
        """The refusal of a call."""
        ...

    def settle(self, standing: Standing, usage: Usage | None, now: float) -> None:
        """Count what a call used instead of its estimate."""
        ...


class SharedWindows:
    """Fixed windows."""

    script = files("zaffre.limits").joinpath("windows.lua").read_text("utf-8")

    def __init__(self, prefix: str, name: str, limit: PerWindow) -> None:
        self._windows = Windows(name, limit)
        # In a cluster, keys with the same words in braces are in the same place.
        self.keys = tuple(f"{prefix}:{{{name.lower()}}}:{what}" for what in ("requests", "tokens"))

    def said(self, now: float) -> list[int | float]:
        self._windows.turn(now)
        windows = (self._windows.requests, self._windows.tokens)
        return [number for each in windows for number in (each.limit, each.seconds, each.number, each.own)]

    def heard(self, answer: list[Any], now: float) -> list[Verdict]:
        _hear(self._windows.requests, answer[1], answer[2])
        _hear(self._windows.tokens, answer[3], answer[4])
        self._windows.turn(now)
        return answer[5:]

    def take(self, tokens: int, now: float) -> Standing:
        return self._windows.take(tokens, now)

    def count(self, tokens: int, now: float) -> Standing:
        self._windows.turn(now)
        return self._windows.count(tokens, now)

    def reached(self, verdict: Verdict, now: float) -> LimitReached:
        return self._windows.reached("requests" if verdict == 1 else "tokens", now)

    def settle(self, standing: Standing, usage: Usage | None, now: float) -> None:
        self._windows.settle(standing, usage, now)


def _hear(window: Window, number: int, others: int) -> None:
    if number > window.number:
        window.turn(number)
    # A window that is over for Redis only later says nothing of the one that is open here.
    if number == window.number:
        window.others = others


class SharedBucket:
    """A leaky bucket."""

    script = files("zaffre.limits").joinpath("bucket.lua").read_text("utf-8")

    def __init__(self, prefix: str, name: str, limit: Provisioned) -> None:
        self._bucket = Bucket(name, limit)
        self._said = 0
        """What had been poured in when Redis was last told."""
        self.keys: tuple[str, ...] = (f"{prefix}:{{{name.lower()}}}:level",)

    def said(self, now: float) -> list[int | float]:
        bucket = self._bucket
        bucket.turn(now)
        self._said = bucket.poured
        return [bucket.capacity, bucket.rate, bucket.poured, bucket.own]

    def heard(self, answer: list[Any], now: float) -> list[Verdict]:
        bucket = self._bucket
        bucket.turn(now)
        bucket.level = max(0.0, float(answer[1]) + bucket.poured - self._said)
        return answer[2:]

    def take(self, tokens: int, now: float) -> Standing:
        return self._bucket.take(tokens, now)

    def count(self, tokens: int, now: float) -> Standing:
        self._bucket.turn(now)
        return self._bucket.count(tokens)

    def reached(self, verdict: Verdict, now: float) -> LimitReached:
        return self._bucket.reached()

    def settle(self, standing: Standing, usage: Usage | None, now: float) -> None:
        self._bucket.settle(standing, usage, now)


def tally(prefix: str, name: str, limit: RateLimit) -> Tally:
    """The counters of a deployment with this limit.

    Args:
        prefix: what the names of keys begin with.
        name: the deployment's.
    """
    if isinstance(limit, Provisioned):
        return SharedBucket(prefix, name, limit)
    return SharedWindows(prefix, name, limit)
