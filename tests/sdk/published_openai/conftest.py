"""The SDK's source archive, who runs its tests, and the server that they ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.published_openai.suite import HERE, KEY, laid_out
from tests.sdk.published_openai.upstream import serving
from tests.sdk.registry import pinned
from tests.sdk.server import Server, running


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the SDK's tests."""
    return laid_out(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of an environment with the SDK and what its tests need."""
    return pinned(HERE / "requirements-openai.txt")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the models that the tests name."""
    folder = tmp_path_factory.mktemp("zaffre")
    config, rules = folder / "zaffre.yaml", folder / "rules.yaml"
    rules.write_text((HERE / rules.name).read_text())
    with serving() as port:
        config.write_text((HERE / config.name).read_text().replace("127.0.0.1:1/", f"127.0.0.1:{port}/"))
        with running(folder, config, KEY) as started:
            yield started
