"""Each test gets its client made in every way there is."""

from collections.abc import AsyncIterator, Iterator

import pytest
from openai import AsyncOpenAI, OpenAI

from tests.sdk.azure_openai.ways import WAYS, Way
from tests.sdk.server import Server


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    """One construction of a client."""
    found: Way = request.param
    return found


@pytest.fixture
def client(way: Way, server: Server) -> Iterator[OpenAI]:
    """A client whose deployment, where its address names one, is `able`."""
    with way.client(server) as client:
        yield client


@pytest.fixture
def embedder(way: Way, server: Server) -> Iterator[OpenAI]:
    """A client whose deployment, where its address names one, is `able-embed`.

    It is not strict: the SDK asks for base64 and its strict validation refuses what it asked for.
    """
    with way.client(server, "able-embed", _strict_response_validation=False) as client:
        yield client


@pytest.fixture
async def asynchronous(way: Way, server: Server) -> AsyncIterator[AsyncOpenAI]:
    """A client of coroutines, whose deployment is `able`."""
    async with way.asynchronous(server) as client:
        yield client
