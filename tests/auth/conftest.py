from collections.abc import AsyncGenerator

import pytest

from tests.auth.issuing import Clock, Issuer, Taker, issuing, taking


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def issuer(clock: Clock) -> AsyncGenerator[Issuer, None]:
    async with issuing(clock) as started:
        yield started


@pytest.fixture
async def taker(issuer: Issuer, clock: Clock) -> AsyncGenerator[Taker, None]:
    """A server that takes the issuer's tokens."""
    async with taking(issuer.url, clock=clock) as made:
        yield made
