"""A scripted upstream and a client for it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.providers.upstream import Upstream
from zaffre.net.client import Client
from zaffre.providers import connect
from zaffre.providers.backend import Upstream as Backend

KEY = "sk-the-upstream-key"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(sweep_interval=0.05)
    yield client
    await client.close()


@pytest.fixture
def backend(upstream: Upstream, client: Client) -> Callable[..., Backend]:
    """(provider, **how to connect) -> the model `m` of that provider at the scripted upstream."""

    def made(provider: str = "openai-compatible", *, model: str = "m", **how: Any) -> Any:
        how = {"base_url": upstream.url, "credential": KEY, **how}
        return connect("test", provider, client=client, **how).backend(model)

    return made
