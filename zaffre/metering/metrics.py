"""Figures for Prometheus, by deployment. They are brought up to date when somebody looks, not with each call.

Processes that serve together keep theirs in files of one folder, which outlast them. prometheus_client does so where
`PROMETHEUS_MULTIPROC_DIR` was in the environment when it was imported: whoever starts those processes sees to that.
"""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from zaffre.core.usage import CallRecord

SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """The figures of one process, or of several together."""

    def __init__(self, folder: Path | None = None) -> None:
        """
        Args:
            folder: where several keep them together.
        """
        self._folder = folder
        self._durations: dict[tuple[str, str], Histogram] = {}
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
        self._limited = Counter(
            "zaffre_rate_limited",
            "Calls that a rate limit kept out, by whose limit it was, and of requests or tokens.",
            ("name", "of"),
            registry=registry,
        )
        self._redis: Gauge | None = None
        """Made when there is a Redis to speak of."""
        self._failures = Counter(
            "zaffre_classifier_failures",
            "Verdicts that a classifier did not give, by reason.",
            ("classifier", "reason"),
            registry=registry,
        )
        self._filtered = Counter(
            "zaffre_filtered",
            "Texts that content filters stopped, and (category error) could not check, by deployment and side.",
            ("deployment", "category", "side"),
            registry=registry,
        )

    def classifier_failed(self, name: str, reason: str) -> None:
        """A classifier gave no verdict."""
        self._failures.labels(name, reason).inc()

    def limited(self, name: str, of: str) -> None:
        """A rate limit kept a call out."""
        self._limited.labels(name, of).inc()

    def redis_is_there(self, there: bool) -> None:
        """Whether the processes that share rate limits can."""
        if self._redis is None:
            self._redis = Gauge(
                "zaffre_limits_redis_up",
                "Whether the Redis that shares rate limits is there.",
                registry=self._registry,
                multiprocess_mode="livemin",
            )
        self._redis.set(int(there))

    def filtered(self, deployment: str, category: str, side: str) -> None:
        """The port `core.screening.Filtered`."""
        self._filtered.labels(deployment, category, side).inc()

    def count(self, records: Sequence[CallRecord]) -> None:
        """Add calls: what can be added up is, before it is looked up by its labels."""
        alike = defaultdict[tuple[str, str, int, bool], list[CallRecord]](list)
        for record in records:
            alike[record.deployment, record.operation, record.status, record.estimated].append(record)
        for (name, operation, status, estimated), calls in alike.items():
            self._calls.labels(name, operation, str(status)).inc(len(calls))
            took = self._took(name, operation)
            for call in calls:
                took.observe(call.duration)
                if call.first_token is not None:
                    self._first.labels(name).observe(call.first_token)
            source = "estimated" if estimated else "reported"
            for kind in ("prompt", "completion", "cached"):
                number = sum(map(attrgetter(f"{kind}_tokens"), calls))
                if number:
                    self._tokens.labels(name, kind, source).inc(number)

    def _took(self, name: str, operation: str) -> Histogram:
        found = self._durations.get((name, operation))
        if found is None:
            found = self._durations[name, operation] = self._duration.labels(name, operation)
        return found

    def written(self) -> bytes:
        """The figures in Prometheus' text format."""
        if self._folder is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(together)
