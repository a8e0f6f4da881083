"""Fixed windows: requests in one of some seconds, tokens in one of a minute.

A call is let in where both have room for it: one request, and its estimated tokens. The estimate then counts as used;
when the call has ended, what it really used counts instead.
"""

import sys
from math import ceil
from typing import Final, Literal

from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import PerWindow, Standing

MINUTE: Final = 60


class Window:
    """What is counted in the window that is open now."""

    __slots__ = ("ends", "limit", "number", "others", "own", "seconds")

    def __init__(self, limit: int | None, seconds: int) -> None:
        self.limit = sys.maxsize if limit is None else limit
        self.seconds = seconds
        self.number = -1
        """Which window since time 0."""
        self.ends = 0.0
        self.own = 0
        """Counted by this process."""
        self.others = 0
        """Counted by all others, as far as this process knows."""

    def turn(self, number: int) -> None:
        """Open a later window. There is no way back: a clock that is set back waits for the time it had."""
        self.number = number
        self.ends = (number + 1) * self.seconds
        self.own = self.others = 0


class Windows:
    """The windows of one deployment. All times are seconds on one clock."""

    __slots__ = ("_limit", "_name", "requests", "tokens")

    def __init__(self, name: str, limit: PerWindow) -> None:
        """
        Args:
            name: the deployment's.
        """
        self._name = name
        self._limit = limit
        self.requests = Window(limit.requests, limit.seconds)
        self.tokens = Window(limit.tokens, MINUTE)

    def take(self, tokens: int, now: float) -> Standing:
        """Count a call that there is room for. Raises LimitReached."""
        requests, counted = self.requests, self.tokens
        if now >= requests.ends or now >= counted.ends:
            self.turn(now)
        if requests.own + requests.others >= requests.limit:
            raise self.reached("requests", now)
        if counted.own + counted.others + tokens > counted.limit:
            raise self.reached("tokens", now)
        return self.count(tokens, now)

    def count(self, tokens: int, now: float) -> Standing:
        """Count a call, room or not."""
        self.requests.own += 1
        self.tokens.own += tokens
        return self._standing(tokens, now)

    def settle(self, standing: Standing, usage: Usage | None, now: float) -> None:
        """Count what a call used instead of its estimate.

        What it used beyond that counts in the window that is open by now; what it left is lost with its own window.
        """
        if now >= self.tokens.ends:
            self.turn(now)
        more = (0 if usage is None else usage.total_tokens) - standing.tokens
        if more > 0 or standing.window == self.tokens.number:
            self.tokens.own += more

    @property
    def figures(self) -> tuple[float, float, float, float]:
        """What is counted, for another who counts on."""
        requests, tokens = self.requests, self.tokens
        return requests.number, requests.own, tokens.number, tokens.own

    def recall(self, figures: tuple[float, float, float, float]) -> None:
        """Count on from there."""
        for window, number, own in ((self.requests, *figures[:2]), (self.tokens, *figures[2:])):
            window.turn(int(number))
            window.own = int(own)

    @property
    def over(self) -> float:
        """When nothing of it matters any more."""
        return max(self.requests.ends, self.tokens.ends)

    def turn(self, now: float) -> None:
        """Open the windows of this time."""
        if now >= self.requests.ends:
            self.requests.turn(int(now // self.requests.seconds))
        if now >= self.tokens.ends:
            self.tokens.turn(int(now // MINUTE))

    def reached(self, of: Literal["requests", "tokens"], now: float) -> LimitReached:
        """The refusal of a call."""
        full = self.requests if of == "requests" else self.tokens
        return LimitReached(self._name, of, full.ends - now, self._standing(0, now))

    def _standing(self, tokens: int, now: float) -> Standing:
        requests, counted, limit = self.requests, self.tokens, self._limit
        calls_left = requests.limit - requests.own - requests.others
        tokens_left = counted.limit - counted.own - counted.others
        return Standing(
            tokens,
            counted.number,
            limit.requests,
            max(0, calls_left),
            ceil(requests.ends - now),
            limit.tokens,
            max(0, tokens_left),
            ceil(counted.ends - now),
        )
