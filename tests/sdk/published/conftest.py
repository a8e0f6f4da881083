"""The SDK's source archive, laid out once for all tests of this folder."""

from pathlib import Path

import pytest

from tests.sdk.published.suite import laid_out


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the SDK's `tests` and `samples`."""
    return laid_out(tmp_path_factory.mktemp("published"))
