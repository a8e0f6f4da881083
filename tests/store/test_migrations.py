"""From every older version to the newest, and never from a newer one."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.kept import queued, response
from zaffre.store import Database, Responses, StoreError
from zaffre.store.migrations import Migration, migrations

ALL = migrations()
NEWER = Migration("9000_newer.sql", "CREATE TABLE newer (id TEXT PRIMARY KEY);\n")
CONTRACTING = Migration("9000_less.contract.sql", "DROP TABLE response_items;\n")
PUBLISHED = ALL[:2]
"""What the first server with a database knows."""


def rows(folder: Path, statement: str) -> list[Any]:
    """What another program finds in the file."""
    with closing(sqlite3.connect(folder / "zaffre.db")) as connection:
        return connection.execute(statement).fetchall()


async def opened(folder: Path, steps: Sequence[Migration] | None = None) -> None:
    database = Database(folder, steps)
    try:
        await database.open()
    finally:
        await database.close()


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [step.number for step in ALL] == list(range(1, len(ALL) + 1))


@pytest.mark.parametrize("version", range(len(ALL) + 1))
async def test_a_database_of_any_older_version_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    await opened(tmp_path, ALL[:version])
    await opened(tmp_path)
    done = "SELECT number, name FROM migrations UNION SELECT number, name FROM expansions ORDER BY number"
    assert rows(tmp_path, done) == [(step.number, step.name) for step in ALL]
    database = Database(tmp_path)
    store = Responses(database)
    await store.add(response())
    assert await store.get("resp_1") == response()
    await database.close()


async def test_what_was_kept_stays_and_each_migration_is_applied_once(tmp_path: Path) -> None:
    database = Database(tmp_path)
    await Responses(database).add(response())
    await database.close()
    for _ in range(2):
        await opened(tmp_path, [*ALL, NEWER])
    assert rows(tmp_path, "SELECT id FROM responses") == [("resp_1",)]
    assert rows(tmp_path, "SELECT count(*) FROM newer") == [(0,)]


async def test_a_server_at_work_does_not_mind_that_a_newer_one_expands_its_database(tmp_path: Path) -> None:
    database = Database(tmp_path)
    store = Responses(database)
    await store.add(response("resp_1"))
    await opened(tmp_path, [*ALL, Migration("9001_more.sql", "ALTER TABLE responses ADD COLUMN more TEXT;\n")])
    await store.add(queued("resp_2"))
    assert await store.get("resp_2") == queued("resp_2")
    await database.close()


async def test_a_database_of_a_newer_server_is_refused_and_left_alone(tmp_path: Path) -> None:
    await opened(tmp_path, [*ALL, CONTRACTING])
    with pytest.raises(StoreError) as refused:
        await opened(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path / 'zaffre.db'} is of version 9000: a newer zaffre made it, this one knows versions up to {len(ALL)}"
    )
    assert str(tmp_path) not in refused.value.message
    assert rows(tmp_path, "SELECT max(number) FROM migrations") == [(9000,)]


async def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    await opened(tmp_path, ALL)
    broken = Migration("9000_broken.sql", "CREATE TABLE half (id TEXT);\nCREATE TABLE responses (id TEXT);\n")
    with pytest.raises(StoreError, match="already exists"):
        await opened(tmp_path, [*ALL, broken])
    assert rows(tmp_path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    await opened(tmp_path)


async def test_the_server_of_before_can_be_put_back_and_the_newer_one_again(tmp_path: Path) -> None:
    """Nothing is lost on either way: what one does not know it leaves alone."""

    async def keep(steps: Sequence[Migration], unique: str) -> list[str]:
        database = Database(tmp_path, steps)
        store = Responses(database)
        await store.add(response(unique))
        await database.close()
        return sorted(row[0] for row in rows(tmp_path, "SELECT id FROM responses"))

    assert await keep(PUBLISHED, "resp_1") == ["resp_1"]
    assert await keep([*ALL, NEWER], "resp_2") == ["resp_1", "resp_2"]
    assert rows(tmp_path, "SELECT max(number) FROM migrations") == [(len(PUBLISHED),)]
    assert await keep(PUBLISHED, "resp_3") == ["resp_1", "resp_2", "resp_3"]
    assert await keep(ALL, "resp_4") == ["resp_1", "resp_2", "resp_3", "resp_4"]
    assert rows(tmp_path, "SELECT count(*) FROM newer") == [(0,)]
