"""The servers of these tests, started once each."""

from collections.abc import Iterator

import pytest

from tests.e2e.servers import ASGI, LANE, Server, running


@pytest.fixture(scope="session", params=[LANE, ASGI], ids=["lane", "asgi"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server, once for each way of carrying requests."""
    with running(request.param, tmp_path_factory.mktemp("zaffre")) as started:
        yield started


@pytest.fixture
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh server on our own lane."""
    with running(LANE, tmp_path_factory.mktemp("zaffre")) as started:
        yield started
