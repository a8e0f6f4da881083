"""A limit that processes share holds for all of them together."""

import asyncio
import subprocess
import sys
from collections import Counter

import pytest

from tests.limits.clock import Clock
from tests.limits.fleet import fleet, until
from tests.limits.redis_server import RedisServer
from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import PerWindow, Provisioned

PROCESS = """
import asyncio, sys
from zaffre.core.errors import LimitReached
from zaffre.core.limits import PerWindow
from zaffre.limits.link import Link
from zaffre.limits.shared import Shared
from zaffre.limits.sharing import Sharing

async def ask(limiter):
    try:
        print((await limiter.admit(7)).window)
    except LimitReached:
        pass

async def main():
    sharing = Sharing(Link(sys.argv[1], 10), "closed")
    limiter = Shared("processes", PerWindow(None, 10, 1000), sharing, "tests")
    for _ in range(20):
        await asyncio.gather(*(ask(limiter) for _ in range(20)))
    await sharing.close()

asyncio.run(main())
"""


async def test_of_many_calls_at_once_exactly_as_many_as_there_is_room_for_are_let_in(lasting: RedisServer) -> None:
    async with fleet(lasting.address, PerWindow(1000, 10, 2000), 4, now=Clock()) as members:
        admitted = await asyncio.gather(*(member.admitted(700, tokens=3) for member in members))
        assert sum(admitted) == 2000 // 3
        # What is left has room for smaller ones.
        assert [await member.admitted(2, tokens=1) for member in members] == [2, 0, 0, 0]


def test_processes_of_their_own_let_in_exactly_as_much_as_there_is_room_for(lasting: RedisServer) -> None:
    command = [sys.executable, "-W", "error", "-c", PROCESS, lasting.address]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    windows: Counter[str] = Counter()
    for process in processes:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        windows.update(said.split())
    # 1,600 calls, of which a minute holds 142; they may have met the end of one.
    assert windows
    assert set(windows.values()) <= {1000 // 7}


async def test_what_a_call_used_is_known_to_others_without_another_call(lasting: RedisServer) -> None:
    async with fleet(lasting.address, PerWindow(None, 10, 100), 2, now=Clock()) as (one, other):
        standing = await one.limiter.admit(90)
        assert await other.admit(20) is None
        one.limiter.settle(standing, Usage(10, 0, 10))
        await until(lambda: not one.limiter.news)
        assert await other.admit(90) is not None


async def test_what_was_used_is_told_before_the_end(lasting: RedisServer) -> None:
    async with fleet(lasting.address, PerWindow(None, 10, 100), 2, now=Clock()) as (one, other):
        one.limiter.settle(await one.limiter.admit(90), None)
        await one.sharing.close()
        assert await other.admit(100) is not None


async def test_a_caller_who_leaves_while_redis_is_asked_has_used_no_tokens(lasting: RedisServer) -> None:
    async with fleet(lasting.address, PerWindow(2, 10, 100), 1, now=Clock()) as (member,):
        leaving = asyncio.create_task(member.limiter.admit(100))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await member.admit(100) is None
        await until(lambda: not member.limiter.news)
        standing = await member.admit(100)
        assert standing is not None
        assert standing.remaining_requests == 0


async def test_a_clock_that_is_set_back_opens_no_window_again(lasting: RedisServer) -> None:
    clock = Clock(600)
    async with fleet(lasting.address, PerWindow(1, 10), 2, now=clock) as (one, other):
        assert await one.admit(0) is not None
        clock.time = 595
        assert await other.admit(0) is None
        assert await one.admit(0) is None


async def test_by_the_clock_of_redis_windows_begin_for_all_at_once(lasting: RedisServer) -> None:
    async with fleet(lasting.address, PerWindow(None, 10, 10**9), 3) as members:
        for member in members:
            await member.limiter.admit(0)
        times = [member.sharing.now() for member in members]
        assert max(times) - min(times) < 5


async def test_a_bucket_that_is_shared_says_when_to_come_back(lasting: RedisServer) -> None:
    async with fleet(lasting.address, Provisioned(600), 2, now=Clock()) as (one, other):
        await one.limiter.admit(700)
        with pytest.raises(LimitReached) as refused:
            await other.limiter.admit(1)
        assert refused.value.retry_after == pytest.approx(10)
        assert refused.value.standing is not None
        assert refused.value.standing.utilization == pytest.approx(7 / 6)
