"""The file: whose it is, what becomes of it when it cannot be used."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.kept import response
from zaffre.store import Database, Responses, StoreError


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path)
    yield database
    await database.close()


async def test_nothing_is_made_before_something_is_kept(database: Database, store: Responses, tmp_path: Path) -> None:
    assert os.listdir(tmp_path) == []
    assert not database.exists
    await store.add(response())
    assert database.exists


async def test_the_files_are_their_owners_alone(store: Responses, tmp_path: Path) -> None:
    await store.add(response())
    modes = _modes(tmp_path)
    assert {"zaffre.db", "zaffre.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def _modes(folder: Path) -> dict[str, int]:
    """Of each file in the folder and below it."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


async def test_many_who_come_first_open_it_once(store: Responses) -> None:
    await asyncio.gather(*(store.open() for _ in range(20)))
    await store.add(response())


async def test_a_closed_database_is_opened_again_when_it_is_needed(database: Database, store: Responses) -> None:
    await store.add(response())
    await database.close()
    assert await store.get("resp_1") == response()


async def test_a_file_that_is_no_database_is_refused(store: Responses, tmp_path: Path) -> None:
    (tmp_path / "zaffre.db").write_bytes(b"no database at all, " * 100)
    with pytest.raises(StoreError, match=r"zaffre\.db cannot be opened: file is not a database"):
        await store.open()


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    database = Database(tmp_path / "data")
    with pytest.raises(StoreError, match="cannot be opened"):
        await database.open()
    await database.close()


async def test_a_full_disk_fails_the_write_and_not_the_next_one(
    database: Database, store: Responses, caplog: pytest.LogCaptureFixture
) -> None:
    await store.add(response("resp_1"))

    async def pages(limit: int) -> None:
        await database.write(lambda connection: connection.execute_fetchall(f"PRAGMA max_page_count = {limit}"))

    await pages(1)
    with pytest.raises(StoreError, match="full") as refused:
        await store.add(response("resp_2", body=b"x" * 100_000))
    assert "full" not in refused.value.message
    assert "database or disk is full" in caplog.text
    assert await store.get("resp_1") is not None
    await pages(1_000_000)
    await store.add(response("resp_2", body=b"x" * 100_000))


async def test_readers_do_not_wait_for_another_program_that_writes(store: Responses, tmp_path: Path) -> None:
    await store.add(response())
    with closing(sqlite3.connect(tmp_path / "zaffre.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(store.delete("resp_1"))
        assert await store.get("resp_1") == response()
        assert not writing.done()
        other.execute("ROLLBACK")
        assert await writing
