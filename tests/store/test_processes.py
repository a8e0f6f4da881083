"""Several processes on one data folder, and processes that are killed."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.kept import database_at, event, queued
from zaffre.store import Database, Responses

ADDS = """
import asyncio, itertools, sys
from tests.store.kept import database_at, event, queued
from zaffre.store import Responses

async def main(where, name, most):
    database = database_at(where)
    store = Responses(database)
    for number in itertools.islice(itertools.count(), int(most) or None):
        unique = f"resp_{name}_{number}"
        await store.add(queued(unique), [event(0), event(1)])
        print(unique, flush=True)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def adding(where: str, name: str, most: int = 0) -> "subprocess.Popen[str]":
    """A process that adds responses and says which, for ever unless it's told how many."""
    command = [sys.executable, "-c", ADDS, where, name, str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_processes_that_begin_at_once_share_one_database(where: str, store: Responses) -> None:
    together = [adding(where, str(number), 20) for number in range(4)]
    said = [line.strip() for each in together for line in each.communicate()[0].splitlines()]
    assert [each.returncode for each in together] == [0] * 4
    assert len(said) == 80
    for unique in said:
        assert await store.events(unique, -1) == [event(0), event(1)]


async def test_what_was_promised_survives_the_kill(where: str, store: Responses) -> None:
    with adding(where, "a") as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(30)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().split()
    taken = {each.id for each in await store.take_up()}
    # One may have been kept that there was no time to speak of.
    assert taken >= set(said)
    assert len(taken) <= len(said) + 1
    for unique in taken:
        assert await store.events(unique, -1) == [event(0), event(1)]


async def test_what_a_process_left_is_taken_up_by_one_other(where: str) -> None:
    adding(where, "gone", 3).communicate()
    databases = [database_at(where) for _ in range(3)]
    await Responses(databases[0]).add(queued("resp_mine"))
    taken = await asyncio.gather(*(Responses(database).take_up() for database in databases))
    assert sorted(each.id for some in taken for each in some) == [f"resp_gone_{number}" for number in range(3)]
    assert sorted(map(len, taken)) == [0, 0, 3]
    for database in databases:
        await database.close()


async def test_what_is_over_is_not_taken_up(where: str) -> None:
    gone = database_at(where)
    for status in ("queued", "in_progress", "completed", "incomplete", "failed", "cancelled"):
        await Responses(gone).add(queued(f"resp_{status}", status=status))
    await gone.close()
    here = database_at(where)
    assert {each.status for each in await Responses(here).take_up()} == {"queued", "in_progress"}
    await here.close()


@pytest.mark.parametrize("ended", ["closed", "killed"])
async def test_nothing_is_left_of_processes_that_are_gone(tmp_path: Path, ended: str) -> None:
    with adding(str(tmp_path), "a", 3 if ended == "closed" else 0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if ended == "killed":
            process.kill()
        process.communicate()
    database = Database(tmp_path)
    await database.open()
    assert [path.name for path in (tmp_path / "runners").iterdir()] == [database.runner]
    await database.close()
    assert list((tmp_path / "runners").iterdir()) == []
