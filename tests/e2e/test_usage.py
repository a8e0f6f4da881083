"""What a running server's calls took, as it tells it while it runs and afterwards."""

import asyncio
import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.sdk.server import PATIENCE, Server, running
from zaffre.core.usage import UsageTotal
from zaffre.metering.ledger import EVERY
from zaffre.store import Database, UsageRows

BODY = b'{"model":"demo","messages":[{"role":"user","content":"How many feet are in a mile?"}]}'


def ask(server: Server) -> None:
    headers = {"api-key": server.key, "content-type": "application/json"}
    request = urllib.request.Request(f"{server.http}/models/chat/completions", BODY, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200
        answer.read()


def figures(server: Server) -> str:
    with urllib.request.urlopen(f"{server.http}/metrics", timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def totals(data: Path) -> list[UsageTotal]:
    async def read() -> list[UsageTotal]:
        database = Database(data)
        found = await UsageRows(database).totals(["deployment", "key"])
        await database.close()
        return found

    return asyncio.run(read())


def test_a_stopped_server_has_written_every_call(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        for _ in range(3):
            ask(server)
        assert 'zaffre_requests_total{deployment="demo",operation="chat",status="200"} 3.0' in figures(server)
    (total,) = totals(tmp_path / "data")
    assert (total.deployment, total.principal, total.calls) == ("demo", "key-1", 3)
    assert (total.prompt_tokens, total.completion_tokens, total.estimated_calls) == (21, 21, 0)


def test_a_server_without_calls_has_written_nothing(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    assert not Database(tmp_path / "data").exists


def test_a_killed_server_loses_no_more_than_the_last_second(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):  # it did not stop by itself
        _use_and_kill(tmp_path)
    assert totals(tmp_path / "data")[0].calls == 1


def _use_and_kill(folder: Path) -> None:
    with running(folder) as server:
        ask(server)
        deadline = time.monotonic() + PATIENCE
        while not _written(folder / "data"):
            assert time.monotonic() < deadline
            time.sleep(EVERY / 10)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)


def _written(data: Path) -> bool:
    return Database(data).exists and bool(totals(data))
