"""Which database things are kept in."""

from pathlib import Path

from zaffre.app import extras
from zaffre.config.schema import Config
from zaffre.store import AnyDatabase, Database


def database(config: Config, data: Path) -> AnyDatabase:
    """The one that the configuration names, else the file in the data folder. It is opened when it is first needed.

    Raises:
        Unavailable: the extra `postgres` is needed.
    """
    if config.database is None:
        return Database(data)
    found: AnyDatabase = extras.postgres().PostgreSQL(config.database.reveal())
    return found
