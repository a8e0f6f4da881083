"""Provisioned capacity: a leaky bucket on utilisation.

A call is let in as long as the utilisation is not above 100 %; then its estimate is poured in, even beyond the rim.
When the call has ended, the level is put right. What is in the bucket drains at the rate that the capacity gives.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/provisioned-throughput
"""

from typing import Final

from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import Provisioned, Standing

_DUST: Final = 1e-6
"""Tokens: what rounding leaves on a bucket that is exactly full."""


class Bucket:
    """The bucket of one deployment. All times are seconds on one clock, levels are tokens."""

    __slots__ = ("_at", "_name", "capacity", "level", "own", "poured", "rate")

    def __init__(self, name: str, limit: Provisioned) -> None:
        """
        Args:
            name: the deployment's.
        """
        self._name = name
        self.capacity = float(limit.tokens)
        self.rate = self.capacity / 60
        """Tokens that drain in a second."""
        self.level = 0.0
        """Everybody's, as far as this process knows."""
        self.own = 0.0
        """What is left of what this process poured in."""
        self.poured = 0
        """By this process, ever."""
        self._at = 0.0

    def take(self, tokens: int, now: float) -> Standing:
        """Pour in a call's tokens, if the bucket is not full. Raises LimitReached."""
        self.turn(now)
        if self.level > self.capacity + _DUST:
            raise self.reached()
        return self.count(tokens)

    def count(self, tokens: int) -> Standing:
        """Pour in a call's tokens, full or not."""
        self.pour(tokens)
        return Standing(tokens, utilization=self.level / self.capacity)

    def settle(self, standing: Standing, usage: Usage | None, now: float) -> None:
        """Put the level right, now that it is known what the call used. Cached tokens cost nothing."""
        self.turn(now)
        used = 0 if usage is None else usage.total_tokens - _cached(usage)
        self.pour(used - standing.tokens)

    @property
    def figures(self) -> tuple[float, float, float, float]:
        """What is in it and since when, for another who counts on."""
        return self._at, self.level, 0.0, 0.0

    def recall(self, figures: tuple[float, float, float, float]) -> None:
        """Count on from there."""
        self._at, self.level, *_ = figures

    @property
    def over(self) -> float:
        """When it will be empty."""
        return self._at + self.level / self.rate

    def pour(self, tokens: int) -> None:
        """Add so much, or take it out."""
        self.poured += tokens
        self.level = max(0.0, self.level + tokens)
        self.own = max(0.0, self.own + tokens)

    def turn(self, now: float) -> None:
        """Let drain what has drained by now."""
        gone = (now - self._at) * self.rate
        if gone > 0:
            self._at = now
            self.level = max(0.0, self.level - gone)
            self.own = max(0.0, self.own - gone)

    def reached(self) -> LimitReached:
        """The refusal of a call."""
        wait = (self.level - self.capacity) / self.rate
        return LimitReached(self._name, "tokens", wait, Standing(utilization=self.level / self.capacity))


def _cached(usage: Usage) -> int:
    """Tokens of the prompt that the backend had read before."""
    said = usage.cached_tokens
    return said if 0 <= said <= usage.prompt_tokens else 0
