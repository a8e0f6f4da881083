"""A scripted server that classifiers are asked at, and adapters for it."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.providers.upstream import Upstream
from zaffre.net.client import Client
from zaffre.safety.adapters.adapter import Adapter, Protocolled
from zaffre.safety.adapters.remote import Remote


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server() -> AsyncIterator[Upstream]:
    async with Upstream() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(sweep_interval=0.05)
    yield client
    await client.close()


@pytest.fixture
def remote(server: Upstream, client: Client) -> Remote:
    return Remote("there", client.pool(server.url), {"ocp-apim-subscription-key": "the-key"})


@pytest.fixture
def adapted(clock: Clock) -> Callable[..., Adapter]:
    """(protocol, timeout) -> the classifier."""

    def made(protocol: Protocolled, timeout: float = 30) -> Adapter:
        return Adapter("there", protocol, timeout=timeout, now=clock)

    return made
