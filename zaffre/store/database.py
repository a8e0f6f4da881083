"""The database in the data folder: SQLite, one file, any number of processes.

Whoever has committed has its write on disk as far as this machine's processes are concerned; a power failure can take
the last moments (`synchronous = NORMAL`), never the database.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

import aiosql
import aiosqlite
from aiosqlite import Connection
from msgspec import Struct

from zaffre.core.errors import StoreFailed
from zaffre.store.migrations import Migration, NewerDatabase, migrate, migrations
from zaffre.store.runner import Runner

logger = logging.getLogger(__name__)

T = TypeVar("T")

FILE: Final = "zaffre.db"
_BUSY: Final = 10.0
"""Seconds to wait for another process that writes."""


class StoreError(StoreFailed):
    """The database cannot be used. `str` tells the operator why; `message`, for callers, tells less."""

    def __init__(self, why: str) -> None:
        super().__init__(StoreFailed.__doc__)
        self.why = why

    def __str__(self) -> str:
        return self.why


class _Connections(Struct):
    """One that writes, one that reads: readers see what is committed, and wait for nobody."""

    writer: Connection
    reader: Connection


class Database:
    """The database in a folder. It is opened, and made where it is missing, when it is first needed."""

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
        self._writes: set[asyncio.Task[Any]] = set()
        self.runner = Runner(folder)
        self.queries: Any = aiosql.from_path(str(files("zaffre.store").joinpath("sql")), "aiosqlite")

    @property
    def exists(self) -> bool:
        """Whether there is anything in it yet."""
        return self._path.exists()

    async def open(self) -> None:
        """Bring it to the newest version, if that was not done.

        Raises:
            StoreError: it cannot be opened, or is of a newer version than this server knows.
        """
        await self._opened()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection, None]:
        """A connection to read from. Raises StoreError."""
        with self._told():
            yield (await self._opened()).reader

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """All of what `work` writes, or nothing. Others wait. Once begun it ends, even if the caller is cancelled.

        Raises:
            StoreError
        """
        task = asyncio.create_task(self._transaction(work))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # The caller who leaves leaves nothing half done behind: what it does next finds this over.
            await asyncio.wait([task])
            raise

    async def close(self) -> None:
        """Once what is being written is."""
        await asyncio.gather(*self._writes, return_exceptions=True)
        if self._connections is not None:
            await _closed(self._connections)
            self._connections = None
        await asyncio.to_thread(self.runner.end)

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
            connections = _Connections(*found)
            await _prepared(connections, self._steps)
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
        self.runner.begin()

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


async def _prepared(connections: _Connections, steps: Sequence[Migration]) -> None:
    writer = connections.writer
    await writer.execute("PRAGMA journal_mode = WAL")
    await writer.execute("PRAGMA synchronous = NORMAL")
    async with _transaction(writer):
        await migrate(writer, steps)
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
