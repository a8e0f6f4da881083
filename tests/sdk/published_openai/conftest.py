"""The SDK's source archive and the server of its tests, made once for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.published_openai.suite import HERE, KEY, laid_out
from tests.sdk.server import Server, running


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the SDK's `tests`."""
    return laid_out(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with deployments of the names that the tests ask for."""
    with running(tmp_path_factory.mktemp("zaffre"), HERE / "zaffre.yaml", KEY) as started:
        yield started
