"""Rows of usage, and what they add up to."""

from zaffre.core.usage import LEFT, CallRecord, UsageTotal
from zaffre.store import AnyDatabase, UsageRows

NOON = 1_790_000_000.25


def record(
    principal: str = "key-1", status: int = 200, started: float = NOON, *, estimated: bool = False
) -> CallRecord:
    return CallRecord(started, principal, "demo", "m", "chat", status, 10, 5, 2, estimated, 0.5, 0.125, True)


async def test_what_calls_took_is_added_up_by_what_is_asked(database: AnyDatabase) -> None:
    rows = UsageRows(database)
    await rows.add([record(), record(status=500), record("team", LEFT, estimated=True), record(started=NOON + 86_400)])
    (total,) = await rows.totals()
    assert total == UsageTotal("", "", "demo", 4, 1, 1, 40, 20, 8, 1)
    by_key = await rows.totals(["key"])
    assert [(each.principal, each.calls) for each in by_key] == [("key-1", 3), ("team", 1)]
    by_day = await rows.totals(["deployment", "day"])
    assert [(each.day, each.calls) for each in by_day] == [("2026-09-21", 3), ("2026-09-22", 1)]
    (second,) = await rows.totals(first_day="2026-09-22")
    assert second.calls == 1


async def test_nothing_adds_up_to_nothing(database: AnyDatabase) -> None:
    assert await UsageRows(database).totals() == []


async def test_a_group_of_thousands_is_kept_whole(database: AnyDatabase) -> None:
    rows = UsageRows(database)
    await rows.add([record() for _ in range(5000)])
    assert (await rows.totals())[0].calls == 5000
