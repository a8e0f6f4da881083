from pathlib import Path

import pytest

from tests.auth.issuing import Clock
from zaffre.auth.local_identity import LocalIdentity


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the key of an authority, which takes a moment to make."""
    folder = tmp_path_factory.mktemp("authority")
    LocalIdentity(folder)
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def local(authority_folder: Path, clock: Clock) -> LocalIdentity:
    made = LocalIdentity(authority_folder, clock)
    made.address = "https://127.0.0.1:8081"
    return made
