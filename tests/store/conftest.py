import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.store.kept import database_at
from zaffre.store import AnyDatabase, Responses

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[object]:
    """A real server. There are no wheels of it for the newest Pythons."""
    module = pytest.importorskip("tests.store.postgres", reason="PostgreSQL is not installed: its tests are skipped")
    # The names of sockets are short, and so the folder's has to be.
    with tempfile.TemporaryDirectory(prefix="pg") as folder, module.postgres(Path(folder)) as server:
        yield server


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder without a database, or the address of an empty one."""
    if request.param == SQLITE:
        return str(tmp_path)
    address: str = request.getfixturevalue("postgres_server").database()
    return address


@pytest.fixture
async def database(where: str) -> AsyncIterator[AnyDatabase]:
    database = database_at(where)
    yield database
    await database.close()


@pytest.fixture
def store(database: AnyDatabase) -> Responses:
    return Responses(database)
