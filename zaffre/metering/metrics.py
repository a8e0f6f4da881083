"""Figures for Prometheus, by deployment. They are brought up to date when somebody looks, not with each call."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from zaffre.core.usage import CallRecord

SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_TOKENS: Final = ("prompt", "completion", "cached")


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._calls = Counter(
            "zaffre_requests",
            "Calls by deployment, kind of work and status.",
            ("deployment", "operation", "status"),
            registry=registry,
        )
        self._tokens = Counter(
            "zaffre_tokens", "Tokens by deployment and kind.", ("deployment", "kind", "source"), registry=registry
        )
        self._duration = Histogram(
            "zaffre_request_duration_seconds",
            "Seconds to the end of the answer.",
            ("deployment", "operation"),
            buckets=SECONDS,
            registry=registry,
        )
        self._first = Histogram(
            "zaffre_time_to_first_token_seconds",
            "Seconds to a stream's first words.",
            ("deployment",),
            buckets=SECONDS,
            registry=registry,
        )

    def count(self, records: Sequence[CallRecord]) -> None:
        """Add calls."""
        for record in records:
            name, operation = record.deployment, record.operation
            self._calls.labels(name, operation, str(record.status)).inc()
            self._duration.labels(name, operation).observe(record.duration)
            if record.first_token is not None:
                self._first.labels(name).observe(record.first_token)
            source = "estimated" if record.estimated else "reported"
            for kind in _TOKENS:
                amount = getattr(record, f"{kind}_tokens")
                if amount:
                    self._tokens.labels(name, kind, source).inc(amount)

    def written(self) -> bytes:
        """The figures in Prometheus' text format."""
        return generate_latest(self._registry)
