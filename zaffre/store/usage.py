"""Rows of usage in the database."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from msgspec import structs

from zaffre.core.usage import GROUPS, CallRecord, UsageTotal
from zaffre.store.port import AnyDatabase, Connection

_DAY = 86_400
"""Seconds."""
_COLUMNS: Final = (*CallRecord.__struct_fields__, "day", "cancelled")
_EVER = ("0000-00-00", "9999-99-99")


class UsageRows:
    """Keeps them, and adds them up."""

    def __init__(self, database: AnyDatabase) -> None:
        self._database = database
        self._queries = database.queries

    async def add(self, records: Sequence[CallRecord]) -> None:
        """All of these, or none."""
        rows = [_row(record) for record in records]

        async def work(connection: Connection) -> None:
            await self._database.add_rows(connection, "usage", _COLUMNS, rows)

        await self._database.write(work)

    async def totals(
        self, by: Collection[str] = ("deployment",), *, first_day: str | None = None, last_day: str | None = None
    ) -> list[UsageTotal]:
        """What was taken, in groups.

        Args:
            by: some of `GROUPS`.
            first_day, last_day: YYYY-MM-DD, UTC, both included.
        """
        wanted = {f"by_{field}": group in by for group, field in GROUPS.items()}
        days = {"first_day": first_day or _EVER[0], "last_day": last_day or _EVER[1]}
        async with self._database.reading() as connection:
            groups = self._queries.total_usage(connection, **wanted, **days)
            return [UsageTotal(*row) async for row in groups]


def _row(record: CallRecord) -> tuple[Any, ...]:
    return (*structs.astuple(record), _day(int(record.started) // _DAY), record.cancelled)


@lru_cache(maxsize=8)
def _day(number: int) -> str:
    """The day so many days after the first of 1970."""
    return datetime.fromtimestamp(number * _DAY, UTC).strftime("%Y-%m-%d")
