"""The server that every client in this folder talks to, and what the clients need."""

from collections.abc import Iterator

import pytest

from tests.sdk.server import Server, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the scripted models of `server_files`, over http and https."""
    with running(tmp_path_factory.mktemp("zaffre")) as started:
        yield started
