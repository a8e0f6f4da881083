"""From any older version of the tables to the newest, and back.

Migrations are the numbered files of `versions/`. Those that are missing are applied in order, all in one transaction,
when the database is opened. They expand first: a table or a column more, which a server of the version before, still at
work on the same database or put back in its place, does not notice. What no version needs any more is dropped in a
later one: its file is named `NUMBER_NAME.contract.sql`, and a server that does not know it stays out.

So there are two lists of what was done. Servers refuse a database whose table `migrations` knows more than they do;
steps that expand are noted in the table `expansions`, and concern only those that know them. The first two steps, older
than this distinction, are in `migrations`.
"""

from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any, Final

from zaffre.store.port import Connection

_TABLES: Final = ("migrations", "expansions")
_FIRST: Final = 2
"""Steps that were noted before some were told apart."""

Run = Callable[[str], Awaitable[Any]]


class NewerDatabase(Exception):
    """A newer server made it; the message says so, after the name of the database."""


class Migration:
    """One step from a version of the tables to the next."""

    def __init__(self, name: str, sql: str) -> None:
        """
        Args:
            name: begins with its number.
            sql: statements, each of which ends a line.
        """
        self.number = int(name.partition("_")[0])
        self.name = name
        self.statements = [statement.strip() for statement in sql.split(";\n") if statement.strip()]

    @property
    def contracts(self) -> bool:
        """Whether servers that do not know it have to stay out from then on."""
        return self.number <= _FIRST or self.name.endswith(".contract.sql")


def migrations() -> list[Migration]:
    """All of them, in order."""
    found = (file for file in files("zaffre.store").joinpath("versions").iterdir() if file.name.endswith(".sql"))
    return sorted((Migration(file.name, file.read_text("utf-8")) for file in found), key=lambda each: each.number)


async def migrate(connection: Connection, queries: Any, run: Run, steps: Sequence[Migration]) -> list[str]:
    """Apply the steps that were not applied yet, within the transaction of the caller; their names.

    Args:
        run: runs one statement of SQLite's dialect.

    Raises:
        NewerDatabase
    """
    for table in _TABLES:
        await run(f"CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    version = int(await queries.contracted_version(connection))
    newest = steps[-1].number if steps else 0
    if version > newest:
        raise NewerDatabase(f"is of version {version}: a newer zaffre made it, this one knows versions up to {newest}")
    applied = {row[0] async for row in queries.applied_steps(connection)}
    missing = [step for step in steps if step.number not in applied]
    for step in missing:
        for statement in step.statements:
            await run(statement)
        note = queries.add_migration if step.contracts else queries.add_expansion
        await note(connection, number=step.number, name=step.name)
    return [step.name for step in missing]
