from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zaffre.store import Database, Responses


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path)
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> Responses:
    return Responses(database)
