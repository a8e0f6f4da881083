"""A pytest plugin for a run inside another one: the server is the one that runs there."""

import pytest

from tests.sdk.server import Server


@pytest.fixture(scope="session")
def server() -> Server:
    """The server that the environment names."""
    return Server.of_environment()
