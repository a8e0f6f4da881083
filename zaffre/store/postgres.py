"""The database in PostgreSQL, for any number of processes and nodes."""

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter

from zaffre.store.migrations import Migration, NewerDatabase, migrate, migrations
from zaffre.store.port import Connection, StoreError, T
from zaffre.store.writes import Writes

logger = logging.getLogger(__name__)

_TYPES: Final = {"INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION", "BLOB": "BYTEA"}
"""What SQLite's names of types are here: as wide as those are."""
_PATIENCE: Final = 10.0
"""Seconds to wait for a connection, and for the answer to one statement."""
_LONGEST: Final = 30.0
"""Seconds that one transaction may take."""
_PAUSE: Final = 0.5
"""Seconds between two tries to be back."""
_MOST: Final = 8
"""Connections of one process."""
_UNUSABLE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # What the driver says of a connection that the server has begun to end.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class _Adapter(AsyncPGAdapter):
    """aiosql's, which keeps to itself how many rows were changed."""

    async def insert_update_delete(self, conn: Any, query_name: str, sql: str, parameters: Any) -> int:
        done: str = await super().insert_update_delete(conn, query_name, sql, parameters)  # type: ignore[no-untyped-call]
        number = done.rpartition(" ")[2]
        return int(number) if number.isdecimal() else 0


class PostgreSQL:
    """The port `store.port.AnyDatabase`."""

    def __init__(self, address: str, steps: Sequence[Migration] | None = None) -> None:
        """
        Args:
            address: `postgresql://user:password@host:port/name`. It is never logged or told.
            steps: the migrations; all there are by default.
        """
        self._address = address
        self._steps = migrations() if steps is None else steps
        self._pool: Any = None
        self._applied: list[str] = []
        self._opening = asyncio.Lock()
        self._writes = Writes()
        self._presence = _Presence(address)
        self.name = _shown(address)
        self.queries: Any = aiosql.from_path(str(files("zaffre.store").joinpath("sql")), _Adapter)  # type: ignore[arg-type]

    @property
    def exists(self) -> bool:
        return True

    @property
    def runner(self) -> str:
        return self._presence.id

    async def open(self) -> list[str]:
        try:
            await self._opened()
        except _UNUSABLE as error:
            raise self._told(error) from error
        return self._applied

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection, None]:
        try:
            pool = await self._opened()
            async with pool.acquire(timeout=_PATIENCE) as connection:
                yield connection
        except _UNUSABLE as error:
            raise self._told(error) from error

    async def write(self, work: Callable[[Connection], Awaitable[T]], *, alone: bool = False) -> T:
        return await self._writes.done(self._transaction(work, alone=alone))

    async def _transaction(self, work: Callable[[Connection], Awaitable[T]], *, alone: bool) -> T:
        try:
            pool = await self._opened()
            # The statements have their own time; this is for a server that does not even answer the end of one.
            async with (
                asyncio.timeout(_LONGEST),
                pool.acquire(timeout=_PATIENCE) as connection,
                connection.transaction(),
            ):
                if alone:
                    await connection.execute("SELECT pg_advisory_xact_lock($1)", _number("zaffre: one at a time"))
                return await work(connection)
        except _UNUSABLE as error:
            raise self._told(error) from error

    async def add_rows(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        await connection.copy_records_to_table(table, columns=columns, records=rows)

    async def gone(self, runners: Iterable[str], connection: Connection) -> set[str]:
        gone = set()
        for runner in runners:
            # Free until the end of the transaction: so others who ask meanwhile find it there, and take nothing up.
            if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _number(runner)):
                gone.add(runner)
        return gone

    async def close(self) -> None:
        await self._writes.over()
        await self._presence.end()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), _PATIENCE)
            except TimeoutError:
                pool.terminate()

    async def _opened(self) -> Any:
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await self._connected()
        await self._presence.begin()
        return self._pool

    async def _connected(self) -> Any:
        pool = await asyncpg.create_pool(
            self._address, min_size=1, max_size=_MOST, timeout=_PATIENCE, command_timeout=_PATIENCE
        )
        try:
            async with pool.acquire() as connection, connection.transaction():
                await self._migrate(connection)
        except BaseException as error:
            pool.terminate()
            if isinstance(error, NewerDatabase):
                raise StoreError(f"{self.name} {error}") from error
            raise
        return pool

    async def _migrate(self, connection: Connection) -> None:
        # Nodes that start at once wait for the first one, and find it done.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _number("zaffre: migrations"))

        async def run(statement: str) -> None:
            await connection.execute(_translated(statement), timeout=None)

        self._applied = await migrate(connection, self.queries, run, self._steps)

    def _told(self, error: BaseException) -> StoreError:
        """A failure, for the operator in the log. The driver names no password, but it may name values: in what it adds
        below, and in all it says of those that do not fit."""
        of_values = isinstance(error, asyncpg.DataError)
        reason = type(error).__name__ if of_values or not str(error) else str(error).splitlines()[0]
        why = f"{self.name} cannot be used: {reason}"
        logger.error("%s", why)
        return StoreError(why)


class _Presence:
    """That this process is there: a lock of a connection's own, which ends with it, however that is."""

    def __init__(self, address: str) -> None:
        self.id = secrets.token_hex(8)
        self._address = address
        self._connection: Any = None
        self._again: asyncio.Task[None] | None = None
        self._beginning = asyncio.Lock()

    async def begin(self) -> None:
        """Be there from now on, and again where the connection was lost."""
        if self._connection is not None:
            return
        async with self._beginning:
            if self._connection is None:
                connection = await asyncpg.connect(self._address, timeout=_PATIENCE, command_timeout=_PATIENCE)
                try:
                    await connection.execute("SELECT pg_advisory_lock($1)", _number(self.id))
                except BaseException:
                    connection.terminate()
                    raise
                connection.add_termination_listener(self._lost)
                self._connection = connection

    def _lost(self, connection: Any) -> None:
        """Others would think that this process has ended: be there again as soon as the server is."""
        if connection is self._connection:
            self._connection = None
            self._again = asyncio.get_running_loop().create_task(self._begin_again())

    async def _begin_again(self) -> None:
        while self._connection is None:
            try:
                await self.begin()
            except _UNUSABLE:
                await asyncio.sleep(_PAUSE)

    async def end(self) -> None:
        """Be gone."""
        if self._again is not None:
            self._again.cancel()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                # Said, so that whoever asks next does not depend on when the server notices.
                await connection.execute("SELECT pg_advisory_unlock($1)", _number(self.id))
            except _UNUSABLE:
                pass
            finally:
                connection.terminate()


def _translated(statement: str) -> str:
    """A statement of a migration, in PostgreSQL's words."""
    return re.sub(rf"\b({'|'.join(_TYPES)})\b", lambda found: _TYPES[found[0]], statement)


def _number(name: str) -> int:
    """What stands for a name where PostgreSQL wants 64 bits."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _shown(address: str) -> str:
    """Where the database is, without who we are there."""
    parts = urlsplit(address)
    where = f"{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}"
    return f"the PostgreSQL database {parts.path.lstrip('/') or parts.username or ''} at {where}"
