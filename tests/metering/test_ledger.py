"""The ledger: records in, rows out, in groups; nothing is lost while there is somewhere to keep it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from zaffre.core.usage import LEFT, CallRecord
from zaffre.metering import ledger as ledgers
from zaffre.metering.ledger import UsageLedger
from zaffre.metering.metrics import Metrics
from zaffre.store import Database, UsageRows

DAY = 86_400.0


def record(deployment: str = "demo", status: int = 200, started: float = DAY, **figures: int) -> CallRecord:
    tokens = {"prompt_tokens": 3, "completion_tokens": 2, "cached_tokens": 1} | figures
    return CallRecord(
        started=started,
        principal="key-1",
        deployment=deployment,
        model="m",
        operation="chat",
        status=status,
        estimated=status == LEFT,
        duration=0.2,
        first_token=0.1,
        streamed=True,
        **tokens,
    )


class Sink:
    """Where records go; it can refuse them."""

    def __init__(self) -> None:
        self.groups: list[list[CallRecord]] = []
        self.refuses = False
        self.written = asyncio.Event()

    async def write(self, records: Sequence[CallRecord]) -> None:
        if self.refuses:
            raise OSError("the disk is full")
        self.groups.append(list(records))
        self.written.set()


async def test_what_comes_together_is_written_together() -> None:
    sink = Sink()
    ledger = UsageLedger(sink.write, lambda _: None, every=0.001)
    records = [record() for _ in range(5)]
    for each in records:
        ledger.record(each)
    await sink.written.wait()
    assert sink.groups == [records]


async def test_many_are_written_without_waiting_for_their_time() -> None:
    sink = Sink()
    ledger = UsageLedger(sink.write, lambda _: None, every=3600)
    for _ in range(ledgers.MOST):
        ledger.record(record())
    await sink.written.wait()
    assert len(sink.groups[0]) == ledgers.MOST


async def test_a_stop_writes_what_waits() -> None:
    sink = Sink()
    ledger = UsageLedger(sink.write, lambda _: None, every=3600)
    ledger.record(record())
    await ledger.close()
    assert len(sink.groups) == 1


async def test_what_cannot_be_written_waits_and_is_counted_once() -> None:
    sink, metrics = Sink(), Metrics()
    ledger = UsageLedger(sink.write, metrics.count, every=3600)
    sink.refuses = True
    ledger.record(record())
    await ledger.flush()
    ledger.record(record())
    sink.refuses = False
    await ledger.flush()
    assert [len(group) for group in sink.groups] == [2]
    assert b'zaffre_requests_total{deployment="demo",operation="chat",status="200"} 2.0' in metrics.written()
    await ledger.close()


def test_figures_tell_tokens_by_kind_and_source() -> None:
    metrics = Metrics()
    metrics.count([record(), record(status=LEFT)])
    written = metrics.written().decode()
    assert 'zaffre_tokens_total{deployment="demo",kind="prompt",source="reported"} 3.0' in written
    assert 'zaffre_tokens_total{deployment="demo",kind="completion",source="estimated"} 2.0' in written
    assert 'zaffre_time_to_first_token_seconds_count{deployment="demo"} 2.0' in written
    assert 'zaffre_requests_total{deployment="demo",operation="chat",status="499"} 1.0' in written


async def test_rows_add_up_by_deployment_key_and_day(tmp_path: Path) -> None:
    database = Database(tmp_path)
    rows = UsageRows(database)
    await rows.add([record(), record(status=500), record("other", LEFT), record(started=2 * DAY)])
    by_deployment = await rows.totals()
    assert [(each.deployment, each.calls, each.failed, each.cancelled) for each in by_deployment] == [
        ("demo", 3, 1, 0),
        ("other", 1, 0, 1),
    ]
    assert (by_deployment[0].prompt_tokens, by_deployment[0].cached_tokens) == (9, 3)
    by_day = await rows.totals(["day"], last_day="1970-01-02")
    assert [(each.day, each.deployment, each.calls) for each in by_day] == [("1970-01-02", "", 3)]
    await database.close()


async def test_nothing_is_on_disk_before_something_is_used(tmp_path: Path) -> None:
    database = Database(tmp_path / "data")
    ledger = UsageLedger(UsageRows(database).add, lambda _: None)
    await ledger.close()
    assert not database.exists
