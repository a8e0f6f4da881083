"""Redis is killed, paused, started anew: what becomes of calls meanwhile, and of the limit."""

import asyncio
import logging
import time
from contextlib import AbstractAsyncContextManager

import pytest

from tests.limits.clock import Clock
from tests.limits.fleet import Member, fleet, until
from tests.limits.redis_server import RedisServer
from zaffre.core.chat import Usage
from zaffre.core.errors import Overloaded
from zaffre.core.limits import PerWindow, Provisioned, RateLimit
from zaffre.limits.sharing import Fail

TEN = PerWindow(10, 10)
SHORT = 0.75
"""Seconds that Redis may take here: it is there or not, and a busy machine is not mistaken for the latter."""
HANGS = 5.0
"""Seconds: far more than Redis is waited for, far less than for ever."""
MODES = pytest.mark.parametrize("fail", ["open", "closed", "local"])
WAYS = pytest.mark.parametrize("way", ["kill", "pause"])


def around(address: str, limit: RateLimit, size: int, fail: Fail) -> AbstractAsyncContextManager[list[Member]]:
    """Processes around a Redis, at a time that stands still."""
    return fleet(address, limit, size, fail=fail, now=Clock(), patience=SHORT)


def take(server: RedisServer, way: str) -> None:
    server.kill() if way == "kill" else server.pause()


def give_back(server: RedisServer, way: str) -> None:
    server.start() if way == "kill" else server.resume()


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "zaffre.limits.sharing"]


async def back(*members: Member) -> None:
    await until(lambda: not any(member.sharing.gone for member in members))


@MODES
@WAYS
async def test_while_redis_is_gone_calls_are_let_in_or_refused_as_configured_and_at_once(
    server: RedisServer, fail: Fail, way: str
) -> None:
    async with around(server.address, TEN, 3, fail) as members:
        assert [await member.admitted(1) for member in members] == [1, 1, 1]
        take(server, way)
        begun = time.monotonic()
        admitted = await asyncio.gather(*(member.admitted(20) for member in members))
        assert time.monotonic() - begun < HANGS
        # By itself, a process knows what it has let in, and what others had when it last heard of them.
        assert list(admitted) == {"open": [20] * 3, "closed": [0] * 3, "local": [9, 8, 7]}[fail]
        give_back(server, way)
        await back(*members)


@WAYS
async def test_the_log_says_once_that_redis_is_gone_and_once_that_it_is_back(
    server: RedisServer, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with around(server.address, TEN, 1, "local") as (member,):
        await member.admitted(1)
        assert messages(caplog) == []
        take(server, way)
        await member.admitted(5)
        await member.admitted(5)
        (gone,) = messages(caplog)
        assert gone.startswith("Rate limits: Redis is gone (")
        assert gone.endswith("); this process keeps the limits by itself until it is back.")
        give_back(server, way)
        await back(member)
        assert messages(caplog)[1:] == ["Rate limits: Redis is back."]


async def test_a_redis_that_forgot_everything_is_told_by_those_who_know(server: RedisServer) -> None:
    async with around(server.address, TEN, 3, "closed") as members:
        assert [await member.admitted(2) for member in members] == [2, 2, 2]
        server.kill()
        assert [await member.admitted(1) for member in members] == [0, 0, 0]
        server.start()
        await back(*members)
        assert sum([await member.admitted(20) for member in members]) == 4


async def test_what_a_process_let_in_by_itself_counts_for_all_when_redis_is_back(server: RedisServer) -> None:
    async with around(server.address, PerWindow(10, 10, 100), 2, "local") as (
        one,
        other,
    ):
        server.kill()
        assert await one.admitted(8, tokens=5) == 8
        server.start()
        await back(one)
        assert await other.admitted(20, tokens=5) == 2


async def test_a_bucket_that_redis_forgot_is_as_full_as_its_processes_know(server: RedisServer) -> None:
    async with around(server.address, Provisioned(600), 2, "local") as (one, other):
        await one.limiter.admit(300)
        await other.limiter.admit(200)
        server.kill()
        standing = await one.limiter.admit(50)
        assert standing.utilization == pytest.approx(350 / 600)
        server.start()
        await back(one)
        await other.limiter.tell()
        standing = await other.limiter.admit(50)
        assert standing.utilization == pytest.approx(600 / 600)
        other.limiter.settle(standing, Usage(10, 0, 10))
        await other.limiter.tell()
        assert (await one.limiter.admit(40)).utilization == pytest.approx(600 / 600)


async def test_calls_that_wait_when_redis_stops_to_answer_are_answered_without_it(server: RedisServer) -> None:
    async with around(server.address, TEN, 1, "closed") as (member,):
        await member.admitted(1)
        server.pause()
        begun = time.monotonic()
        asked = [asyncio.create_task(member.limiter.admit(0)) for _ in range(50)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert time.monotonic() - begun < HANGS
        assert {type(answer) for answer in answers} == {Overloaded}
        server.resume()
        await back(member)
        # What it was asked late has let nobody in.
        assert await member.admitted(20) == 9


async def test_a_redis_that_was_never_there_is_missed_at_the_start(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.kill()
    async with around(server.address, TEN, 1, "local") as (member,):
        member.sharing.start()
        await until(lambda: member.sharing.gone)
        assert len(messages(caplog)) == 1
        assert await member.admitted(20) == 10


async def test_a_secret_in_the_address_is_not_in_the_log(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    address = server.address.replace("redis://", "redis://somebody:hush@")
    async with around(address, TEN, 1, "local") as (member,):
        assert await member.admitted(20) == 10
        assert len(messages(caplog)) == 1
        assert "hush" not in caplog.text
