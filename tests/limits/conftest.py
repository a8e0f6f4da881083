"""A Redis for these tests."""

from collections.abc import Iterator

import pytest

from tests.limits.redis_server import RedisServer, executable


@pytest.fixture(scope="session")
def program() -> str:
    found = executable()
    if found is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    return found


@pytest.fixture(scope="session")
def lasting(program: str) -> Iterator[RedisServer]:
    """One that stays as it is."""
    server = RedisServer(program)
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(program: str) -> Iterator[RedisServer]:
    """One to be treated badly."""
    server = RedisServer(program)
    server.start()
    yield server
    server.close()
