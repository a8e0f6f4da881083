"""What one call took, as it is kept and counted."""

from collections.abc import Collection
from typing import Final, Protocol

from msgspec import Struct


class CallRecord(Struct, gc=False):
    """One call that reached its deployment's backend."""

    started: float
    """Seconds since 1970."""
    principal: str
    """Who called."""
    deployment: str
    model: str
    operation: str
    """The kind of work, or the route of what was handed on."""
    status: int
    """Of the answer; 499 where the caller left before it was whole."""
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    """Of the prompt, read from the upstream's cache."""
    estimated: bool
    """Counted by us, since the backend did not say."""
    duration: float
    """Seconds to the end of the answer."""
    first_token: float | None
    """Seconds to a stream's first words."""
    streamed: bool

    @property
    def cancelled(self) -> bool:
        """Whether the caller left before the answer was whole."""
        return self.status == LEFT


LEFT = 499
"""The status of a call whose caller left, as nginx has it."""


class Ledger(Protocol):
    """Takes records of calls."""

    def record(self, record: CallRecord) -> None:
        """One more. Costs next to nothing: it is written later, together with others."""
        ...

    def limited(self, name: str, of: str) -> None:
        """A call that a rate limit kept out, which leaves no record.

        Args:
            name: whose limit it was.
            of: `requests` or `tokens`.
        """
        ...


class UsageTotal(Struct):
    """What calls of a group took together."""

    day: str
    """YYYY-MM-DD, UTC; "" where days are not told apart."""
    principal: str
    deployment: str
    calls: int
    failed: int
    cancelled: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    estimated_calls: int
    """Calls of which some figure is an estimate."""


GROUPS: Final = {"deployment": "deployment", "key": "principal", "day": "day"}
"""By what totals can be told apart, and the field of one that says it."""


class UsageTotals(Protocol):
    """Says what was taken, in groups."""

    async def __call__(self, by: Collection[str], first_day: str | None, last_day: str | None) -> list[UsageTotal]:
        """
        Args:
            by: some of `GROUPS`.
            first_day, last_day: YYYY-MM-DD, UTC, both included.

        Raises:
            StoreFailed
        """
        ...
