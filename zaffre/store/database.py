"""The database in the data folder: SQLite, one file, any number of processes.

Whoever has committed has its write on disk as far as this machine's processes are concerned; a power failure can take
the last moments (`synchronous = NORMAL`), never the database.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Final

import aiosql
import aiosqlite
from aiosqlite import Connection
from msgspec import Struct

from zaffre.store.migrations import Migration, NewerDatabase, migrate, migrations
from zaffre.store.port import StoreError, T
from zaffre.store.runner import Runner
from zaffre.store.writes import Writes

logger = logging.getLogger(__name__)

FILE: Final = "zaffre.db"
_BUSY: Final = 10.0
"""Seconds to wait for another process that writes."""
_ROWS: Final = 50
"""That are added by one statement, which has a place for each of their values: old versions of SQLite have 999."""


class _Connections(Struct):
    """One that writes, one that reads: readers see what is committed, and wait for nobody."""

    writer: Connection
    reader: Connection
    applied: list[str] = []
    """The migrations that its opening took."""


class Database:
    """The port `store.port.AnyDatabase`: the database in a folder, made where it is missing."""

    def __init__(self, folder: Path, steps: Sequence[Migration] | None = None) -> None:
        """
        Args:
            steps: the migrations; all there are by default.
        """
        self._path = folder / FILE
        self._steps = migrations() if steps is None else steps
        self._connections: _Connections | None = None
        self._opening = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._writes = Writes()
        self._runner = Runner(folder)
        self.queries: Any = aiosql.from_path(str(files("zaffre.store").joinpath("sql")), "aiosqlite")

    @property
    def exists(self) -> bool:
        return self._path.exists()

    @property
    def runner(self) -> str:
        return self._runner.id

    async def open(self) -> list[str]:
        return (await self._opened()).applied

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection, None]:
        with self._told():
            yield (await self._opened()).reader

    async def write(self, work: Callable[[Connection], Awaitable[T]], *, alone: bool = False) -> T:
        """As the port has it; whoever writes is alone here."""
        return await self._writes.done(self._transaction(work))

    async def add_rows(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        places = f"({', '.join('?' for _ in columns)})"
        # The names are this package's own.
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}"  # noqa: S608
        # Many rows in one statement take a third less than one after another.
        whole = len(rows) - len(rows) % _ROWS
        groups = [tuple(chain.from_iterable(rows[start : start + _ROWS])) for start in range(0, whole, _ROWS)]
        await connection.executemany(statement + f", {places}" * (_ROWS - 1), groups)
        await connection.executemany(statement, rows[whole:])

    async def gone(self, runners: Iterable[str], connection: Connection) -> set[str]:
        return {runner for runner in runners if self._runner.is_gone(runner)}

    async def close(self) -> None:
        await self._writes.over()
        if self._connections is not None:
            await _closed(self._connections)
            self._connections = None
        await asyncio.to_thread(self._runner.end)

    async def _transaction(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._writing:
            with self._told():
                connection = (await self._opened()).writer
                async with _transaction(connection):
                    return await work(connection)

    async def _opened(self) -> _Connections:
        if self._connections is None:
            async with self._opening:
                if self._connections is None:
                    self._connections = await self._connected()
        return self._connections

    async def _connected(self) -> _Connections:
        found: list[Connection] = []
        try:
            await asyncio.to_thread(self._made)
            for _ in range(2):
                found.append(await aiosqlite.connect(self._path, timeout=_BUSY, isolation_level=None))  # noqa: PERF401
            connections = _Connections(found[0], found[1])
            await _prepared(connections, self.queries, self._steps)
        except BaseException as error:
            for connection in found:
                await connection.close()
            match error:
                case NewerDatabase():
                    raise StoreError(f"{self._path} {error}") from error
                case OSError() | sqlite3.Error():
                    raise StoreError(f"{self._path} cannot be opened: {error}") from error
            raise
        return connections

    def _made(self) -> None:
        """The file, for its owner alone."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        self._runner.begin()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures, for the operator in the log, for callers in a word."""
        try:
            yield
        except sqlite3.Error as error:
            logger.error("%s cannot be used: %s", self._path, error)
            raise StoreError(f"{self._path} cannot be used: {error}") from error
        except StoreError as error:
            logger.error("%s", error)
            raise


async def _prepared(connections: _Connections, queries: Any, steps: Sequence[Migration]) -> None:
    writer = connections.writer
    await writer.execute("PRAGMA journal_mode = WAL")
    await writer.execute("PRAGMA synchronous = NORMAL")
    async with _transaction(writer):
        connections.applied = await migrate(writer, queries, writer.execute, steps)
    await connections.reader.execute("PRAGMA query_only = ON")


async def _closed(connections: _Connections) -> None:
    await connections.reader.close()
    # The last one that closes tidies up.
    await connections.writer.close()


@asynccontextmanager
async def _transaction(connection: Connection) -> AsyncGenerator[None, None]:
    await connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        await connection.commit()
    except BaseException:
        await connection.rollback()
        raise
