"""What the rest of the store asks of a database, SQLite's or PostgreSQL's."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from zaffre.core.errors import StoreFailed

T = TypeVar("T")

Connection = Any
"""The driver's own: queries take it, and nobody else looks at it."""


class StoreError(StoreFailed):
    """The database cannot be used. `str` tells the operator why; `message`, for callers, tells less."""

    def __init__(self, why: str) -> None:
        super().__init__(StoreFailed.__doc__)
        self.why = why

    def __str__(self) -> str:
        return self.why


class AnyDatabase(Protocol):
    """One that is opened, and brought to the newest version, when it is first needed."""

    queries: Any
    """The named queries of `sql/`."""

    @property
    def exists(self) -> bool:
        """Whether there may be anything in it yet."""
        ...

    @property
    def runner(self) -> str:
        """The name of this process, among those that run something and can be found gone."""
        ...

    async def open(self) -> list[str]:
        """Bring it to the newest version, if that was not done: the migrations that this took. Raises StoreError."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A connection to read from. Raises StoreError."""
        ...

    async def write(self, work: Callable[[Connection], Awaitable[T]], *, alone: bool = False) -> T:
        """All of what `work` writes, or nothing. Once begun it ends, even if the caller is cancelled.

        Args:
            alone: no other write of this kind goes on anywhere at the same time.

        Raises:
            StoreError
        """
        ...

    async def add_rows(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Add many rows at once, in the driver's cheapest way.

        Args:
            connection: as `write` gives it.
        """
        ...

    async def gone(self, runners: Iterable[str], connection: Connection) -> set[str]:
        """Those of these processes that have ended, one way or another."""
        ...

    async def close(self) -> None:
        """Once what is being written is."""
        ...
