"""Several processes on one data folder, and processes that are killed."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.kept import event, queued
from zaffre.store import Database, Responses

ADDS = """
import asyncio, itertools, sys
from pathlib import Path
from tests.store.kept import event, queued
from zaffre.store import Database, Responses

async def main(folder, name, most):
    database = Database(Path(folder))
    store = Responses(database)
    for number in itertools.islice(itertools.count(), int(most) or None):
        unique = f"resp_{name}_{number}"
        await store.add(queued(unique), [event(0), event(1)])
        print(unique, flush=True)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def adding(folder: Path, name: str, most: int = 0) -> "subprocess.Popen[str]":
    """A process that adds responses and says which, for ever unless it's told how many."""
    command = [sys.executable, "-c", ADDS, str(folder), name, str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_processes_that_begin_at_once_share_one_database(tmp_path: Path, store: Responses) -> None:
    together = [adding(tmp_path, str(number), 20) for number in range(4)]
    said = [line.strip() for each in together for line in each.communicate()[0].splitlines()]
    assert [each.returncode for each in together] == [0] * 4
    assert len(said) == 80
    for unique in said:
        assert await store.events(unique, -1) == [event(0), event(1)]


async def test_what_was_promised_survives_the_kill(tmp_path: Path, store: Responses) -> None:
    with adding(tmp_path, "a") as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(30)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().split()
    with closing(sqlite3.connect(tmp_path / "zaffre.db")) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    taken = {each.id for each in await store.take_up()}
    # One may have been kept that there was no time to speak of.
    assert taken >= set(said)
    assert len(taken) <= len(said) + 1
    for unique in taken:
        assert await store.events(unique, -1) == [event(0), event(1)]


async def test_what_a_process_left_is_taken_up_by_one_other(tmp_path: Path) -> None:
    adding(tmp_path, "gone", 3).communicate()
    databases = [Database(tmp_path) for _ in range(3)]
    await Responses(databases[0]).add(queued("resp_mine"))
    taken = await asyncio.gather(*(Responses(database).take_up() for database in databases))
    assert sorted(each.id for some in taken for each in some) == [f"resp_gone_{number}" for number in range(3)]
    assert sorted(map(len, taken)) == [0, 0, 3]
    for database in databases:
        await database.close()


async def test_what_is_over_is_not_taken_up(tmp_path: Path) -> None:
    gone = Database(tmp_path)
    for status in ("queued", "in_progress", "completed", "incomplete", "failed", "cancelled"):
        await Responses(gone).add(queued(f"resp_{status}", status=status))
    await gone.close()
    here = Database(tmp_path)
    assert {each.status for each in await Responses(here).take_up()} == {"queued", "in_progress"}
    await here.close()


@pytest.mark.parametrize("ended", ["closed", "killed"])
async def test_nothing_is_left_of_processes_that_are_gone(tmp_path: Path, ended: str) -> None:
    with adding(tmp_path, "a", 3 if ended == "closed" else 0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if ended == "killed":
            process.kill()
        process.communicate()
    database = Database(tmp_path)
    await database.open()
    assert [path.name for path in (tmp_path / "runners").iterdir()] == [database.runner.id]
    await database.close()
    assert list((tmp_path / "runners").iterdir()) == []
