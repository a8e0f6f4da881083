"""From any older version of the tables to the newest.

Migrations are the numbered files of `versions/`. Those that are missing are applied in order, all in one transaction,
when the database is opened; the table `migrations` says which were. They expand first: a table or a column more, which
a server of the version before, still at work on the same file, does not notice. What no version needs any more is
dropped in a later one: they contract. A server does not open a database that is newer than itself.
"""

from collections.abc import Sequence
from importlib.resources import files

from aiosqlite import Connection


class NewerDatabase(Exception):
    """A newer server made it; the message says so, after the name of the file."""


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


def migrations() -> list[Migration]:
    """All of them, in order."""
    found = (file for file in files("zaffre.store").joinpath("versions").iterdir() if file.name.endswith(".sql"))
    return sorted((Migration(file.name, file.read_text("utf-8")) for file in found), key=lambda each: each.number)


async def migrate(connection: Connection, steps: Sequence[Migration]) -> None:
    """Apply the steps that were not applied yet, within the transaction of the caller.

    Raises:
        NewerDatabase
    """
    await connection.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    rows = await connection.execute_fetchall("SELECT coalesce(max(number), 0) FROM migrations")
    version = next(iter(rows))[0]
    newest = steps[-1].number if steps else 0
    if version > newest:
        raise NewerDatabase(f"is of version {version}: a newer zaffre made it, this one knows versions up to {newest}")
    for step in steps:
        if step.number > version:
            for statement in step.statements:
                await connection.execute(statement)
            await connection.execute("INSERT INTO migrations (number, name) VALUES (?, ?)", (step.number, step.name))
