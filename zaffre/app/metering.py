"""Ledger and figures, put together: what the gateway records, and who reads it."""

from collections.abc import Collection
from pathlib import Path

from zaffre.core.usage import UsageTotal
from zaffre.gateway.meter import Metering as Meters
from zaffre.metering.ledger import UsageLedger
from zaffre.metering.metrics import Metrics
from zaffre.store import AnyDatabase, UsageRows


class Metering:
    """Made once, for all configurations of a run."""

    def __init__(self, database: AnyDatabase, figures: Path | None = None) -> None:
        """
        Args:
            figures: the folder where the processes of this server keep theirs together; None: this is the only one.
        """
        self._database = database
        self._metrics = Metrics(figures)
        self.ledger = UsageLedger(UsageRows(database).add, self._metrics.count, limited=self._metrics.limited)
        self.redis_is_there = self._metrics.redis_is_there
        self.meters = Meters(self.ledger)
        self.classifier_failed = self._metrics.classifier_failed
        self.filters = self._metrics

    def figures(self) -> bytes:
        """The figures up to now, in Prometheus' text format."""
        self.ledger.count()
        return self._metrics.written()

    async def totals(self, by: Collection[str], first_day: str | None, last_day: str | None) -> list[UsageTotal]:
        """The port `core.usage.UsageTotals`; calls that have ended by now are in it."""
        await self.ledger.flush()
        if not self._database.exists:
            return []
        return await UsageRows(self._database).totals(by, first_day=first_day, last_day=last_day)

    async def close(self) -> None:
        """Write what waits."""
        await self.ledger.close()
