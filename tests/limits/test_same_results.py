"""Through Redis, one process or several decide as one process does by itself."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.limits.clock import Clock
from tests.limits.fleet import fleet
from tests.limits.redis_server import RedisServer
from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import Limiter, PerWindow, Provisioned, RateLimit, Standing
from zaffre.limits.process import InProcess

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.tuples(st.integers(0, 2), st.integers(0, 120))),
        st.tuples(st.just("settle"), st.tuples(st.integers(0, 20), st.integers(0, 150))),
        st.tuples(st.just("wait"), st.integers(0, 70)),
    ),
    max_size=40,
)


async def outcome(limiter: Limiter, tokens: int) -> tuple[str, Standing | None]:
    try:
        return "in", await limiter.admit(tokens)
    except LimitReached as refusal:
        return f"{refusal.of} {refusal.retry_after:.3f}", refusal.standing


def seen(standing: Standing | None) -> Any:
    """What callers are told of it."""
    assert standing is not None
    utilization = standing.utilization
    return structs.replace(standing, utilization=None if utilization is None else round(utilization, 6))


async def _compare(address: str, limit: RateLimit, steps: list[tuple[str, Any]]) -> None:
    clock = Clock(6000)
    alone = InProcess("demo", limit, clock)
    open_calls: list[tuple[Standing, Standing, int]] = []
    async with fleet(address, limit, 3, now=clock) as members:
        for step, what in steps:
            if step == "wait":
                clock.pass_(what)
            elif step == "settle" and open_calls:
                expected, standing, who = open_calls.pop(what[0] % len(open_calls))
                usage = Usage(what[1], 0, what[1])
                alone.settle(expected, usage)
                members[who].limiter.settle(standing, usage)
                await members[who].limiter.tell()
            elif step == "call":
                who, tokens = what
                verdict, expected_standing = await outcome(alone, tokens)
                shared, standing = await outcome(members[who].limiter, tokens)
                assert (shared, seen(standing)) == (verdict, seen(expected_standing))
                if verdict == "in" and standing is not None and expected_standing is not None:
                    open_calls.append((expected_standing, standing, who))


@pytest.mark.parametrize("limit", [PerWindow(5, 10, 200), Provisioned(200)], ids=["windows", "bucket"])
def test_processes_decide_together_as_one_does_alone(lasting: RedisServer, limit: RateLimit) -> None:
    @settings(max_examples=60)
    @given(STEPS)
    def compare(steps: list[tuple[str, Any]]) -> None:
        asyncio.run(_compare(lasting.address, limit, steps))

    compare()
