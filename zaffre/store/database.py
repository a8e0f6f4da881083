"""The database in the data folder: SQLite, one file, one writer.

Migrations are numbered files, applied in order and each in a transaction when the database is opened. They only add
(expand); what no version needs any more is dropped in a later one (contract), so that a server of the version before
can still work with the file. Queries are named in the files of `sql/`.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import aiosql
import aiosqlite

FILE: Final = "zaffre.db"
_PACKAGE: Final = files("zaffre.store")
_BUSY: Final = 10.0
"""Seconds to wait for another process that writes."""


class StoreError(Exception):
    """The database cannot be used; the message says why."""


class Migration:
    """One step from a version of the tables to the next."""

    def __init__(self, name: str, sql: str) -> None:
        self.number = int(name.partition("_")[0])
        self.name = name
        self.statements = [statement.strip() for statement in sql.split(";\n") if statement.strip()]


def migrations() -> list[Migration]:
    """All of them, in order."""
    found = (file for file in _PACKAGE.joinpath("migrations").iterdir() if file.name.endswith(".sql"))
    return sorted((Migration(file.name, file.read_text("utf-8")) for file in found), key=lambda each: each.number)


class Database:
    """The database in a folder. It is opened, and made where it is missing, when it is first needed. Statements run one
    after another in a thread of their own."""

    def __init__(self, folder: Path, steps: Sequence[Migration] | None = None) -> None:
        """
        Args:
            steps: the migrations; all there are by default.
        """
        self._path = folder / FILE
        self._steps = migrations() if steps is None else steps
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self.queries: Any = aiosql.from_path(str(_PACKAGE.joinpath("sql")), "aiosqlite")

    @property
    def exists(self) -> bool:
        """Whether there is anything in it yet."""
        return self._path.exists()

    async def connection(self) -> aiosqlite.Connection:
        """The connection, of the newest version.

        Raises:
            StoreError: it cannot be opened, or is of a newer version than this server knows.
        """
        if self._connection is None:
            async with self._opening:
                if self._connection is None:
                    self._connection = await self._opened()
        return self._connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[aiosqlite.Connection, None]:
        """All of what is written in it, or nothing. Others wait. Raises as `connection`."""
        connection = await self.connection()
        async with self._writing, _transaction(connection):
            yield connection

    async def close(self) -> None:
        """Once what uses it is over."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _opened(self) -> aiosqlite.Connection:
        try:
            await asyncio.to_thread(_made, self._path)
            connection = await aiosqlite.connect(self._path, timeout=_BUSY, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self._path} cannot be opened: {error}") from error
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
            await connection.execute("PRAGMA synchronous = NORMAL")
            async with _transaction(connection):
                await _migrate(connection, self._steps, self._path)
        except BaseException as error:
            await connection.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"{self._path} cannot be used: {error}") from error
            raise
        return connection


def _made(path: Path) -> None:
    """The file, for its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


@asynccontextmanager
async def _transaction(connection: aiosqlite.Connection) -> AsyncGenerator[None, None]:
    await connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        await asyncio.shield(connection.rollback())
        raise
    await asyncio.shield(connection.commit())


async def _migrate(connection: aiosqlite.Connection, steps: Sequence[Migration], path: Path) -> None:
    rows = await connection.execute_fetchall("PRAGMA user_version")
    version = next(iter(rows))[0]
    newest = steps[-1].number if steps else 0
    if version > newest:
        raise StoreError(
            f"{path} is of version {version}, which a newer zaffre made; this one knows versions up to {newest}."
        )
    for step in steps:
        if step.number > version:
            for statement in step.statements:
                await connection.execute(statement)
    await connection.execute(f"PRAGMA user_version = {newest}")
