"""The record of one call: when, who, what it took, how it ended."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from zaffre.core.chat import ChatRequest, CompletionRequest, Usage
from zaffre.core.deployment import Deployment, Principal
from zaffre.core.embeddings import EmbeddingsRequest, ImageEmbeddingsRequest
from zaffre.core.usage import LEFT, CallRecord, Ledger

OPERATIONS: Final[Mapping[type, str]] = {
    ChatRequest: "chat",
    CompletionRequest: "completions",
    EmbeddingsRequest: "embeddings",
    ImageEmbeddingsRequest: "image_embeddings",
}
"""The kinds of work, by what is asked."""


class Meter(Struct, gc=False):
    """Watches one call, and leaves its record once."""

    ledger: Ledger
    principal: str
    deployment: str
    model: str
    operation: str
    streamed: bool
    started: float
    """Seconds since 1970."""
    clock: Callable[[], float]
    """Seconds on a clock that is never set back."""
    begun: float
    """By that clock."""
    first: float | None = None
    over: bool = False

    def first_words(self) -> None:
        """A stream's first words are here."""
        self.first = self.clock() - self.begun

    def end(self, status: int, usage: Usage | None) -> None:
        """The call is over. What comes after counts for nothing."""
        if self.over:
            return
        self.over = True
        used = usage or _NOTHING
        self.ledger.record(
            CallRecord(
                self.started,
                self.principal,
                self.deployment,
                self.model,
                self.operation,
                status,
                used.prompt_tokens,
                used.completion_tokens,
                used.cached_tokens,
                used.estimated,
                self.clock() - self.begun,
                self.first,
                self.streamed,
            )
        )

    def left(self, usage: Usage | None) -> None:
        """The caller has left."""
        self.end(LEFT, usage)


_NOTHING: Final = Usage()


class Metering:
    """Makes meters."""

    def __init__(
        self, ledger: Ledger, now: Callable[[], float] = time.time, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """
        Args:
            now: seconds since 1970.
            clock: seconds on a clock that is never set back.
        """
        self._ledger = ledger
        self._now = now
        self._clock = clock

    def meter(self, principal: Principal, deployment: Deployment, operation: str, *, streamed: bool = False) -> Meter:
        """A meter that runs from now on."""
        return Meter(
            self._ledger,
            principal.name,
            deployment.name,
            deployment.model,
            operation,
            streamed,
            self._now(),
            self._clock,
            self._clock(),
        )


class _Nowhere:
    def record(self, record: CallRecord) -> None:
        pass

    def limited(self, name: str, of: str) -> None:
        pass


UNMETERED: Final = Metering(_Nowhere())
"""Meters whose records nobody wants."""
