"""Limits that processes of one machine keep together in memory."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.limits import hammer
from tests.limits.clock import Clock
from tests.limits.test_same_results import STEPS, outcome, seen
from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached, Overloaded
from zaffre.core.limits import PerWindow, Provisioned, RateLimit, Standing
from zaffre.limits.board import SLOTS, Board
from zaffre.limits.mapped import Mapped
from zaffre.limits.process import InProcess

PATIENCE = 60.0
LIMITS = pytest.mark.parametrize("limit", [PerWindow(5, 10, 200), Provisioned(200)], ids=["windows", "bucket"])


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[list[Board]]:
    """What three processes see of one board."""
    views = [Board(tmp_path / "board") for _ in range(3)]
    yield views
    for view in views:
        view.close()


async def _compare(boards: list[Board], name: str, limit: RateLimit, steps: list[tuple[str, Any]]) -> None:
    clock = Clock(6000)
    alone = InProcess(name, limit, clock)
    members = [Mapped(name, limit, board, clock) for board in boards]
    open_calls: list[tuple[Standing, Standing, int]] = []
    for step, what in steps:
        if step == "wait":
            clock.pass_(what)
        elif step == "settle" and open_calls:
            expected, standing, who = open_calls.pop(what[0] % len(open_calls))
            usage = Usage(what[1], 0, what[1])
            alone.settle(expected, usage)
            members[who].settle(standing, usage)
        elif step == "call":
            who, tokens = what
            verdict, expected_standing = await outcome(alone, tokens)
            shared, found = await outcome(members[who], tokens)
            assert (shared, seen(found)) == (verdict, seen(expected_standing))
            if verdict == "in" and found is not None and expected_standing is not None:
                open_calls.append((expected_standing, found, who))


@LIMITS
def test_processes_decide_together_as_one_does_alone(boards: list[Board], limit: RateLimit) -> None:
    examples = iter(range(10_000))

    @settings(max_examples=100, deadline=None)
    @given(STEPS)
    def compare(steps: list[tuple[str, Any]]) -> None:
        asyncio.run(_compare(boards, f"demo-{next(examples)}", limit, steps))

    compare()


@pytest.mark.parametrize("kind", ["windows", "bucket"])
def test_killed_processes_never_let_in_more_than_there_is_room_for(tmp_path: Path, kind: str) -> None:
    limit = hammer.LIMITS[kind]
    started = time.monotonic()
    processes = [_hammering(tmp_path, kind, 2.0) for _ in range(4)]
    told = b""
    for process in processes[:2]:
        assert process.stdout
        told += process.stdout.read(1)
        process.kill()
    told += b"".join(map(_rest, processes))
    let_in = len(told) if kind == "windows" else sum(told)
    if isinstance(limit, PerWindow):
        # The whole of it may lie on both sides of an hour.
        assert limit.requests is not None
        hours = int(time.monotonic() // limit.seconds) - int(started // limit.seconds) + 1
        # A call of each killed process may have been let in and not been told of.
        assert limit.requests - 2 <= let_in <= limit.requests * hours
    else:
        drained = (time.monotonic() - started) * limit.tokens / 60
        assert limit.tokens - 6 <= let_in <= limit.tokens + drained + 3


def _hammering(folder: Path, kind: str, seconds: float) -> "subprocess.Popen[bytes]":
    command = [sys.executable, hammer.__file__, str(folder / "board"), "demo", kind, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)


def _rest(process: "subprocess.Popen[bytes]") -> bytes:
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode in (0, -signal.SIGKILL)
    return out


async def test_more_names_than_slots_make_more_slots_and_lose_nothing(boards: list[Board]) -> None:
    clock = Clock()
    names = [f"demo-{number}" for number in range(SLOTS + 50)]
    first = {name: Mapped(name, PerWindow(1), boards[0], clock) for name in names}
    for limiter in first.values():
        await limiter.admit(0)
    for name in (names[0], names[-1]):
        with pytest.raises(LimitReached):
            await Mapped(name, PerWindow(1), boards[1], clock).admit(0)


async def test_a_slot_whose_windows_are_over_is_used_again(boards: list[Board], tmp_path: Path) -> None:
    clock = Clock()
    before = (tmp_path / "board").stat().st_size
    old = Mapped("old", PerWindow(1), boards[0], clock)
    await old.admit(0)
    for turn in range(2):
        clock.pass_(60)
        for number in range(SLOTS):
            await Mapped(f"demo-{turn}-{number}", PerWindow(1), boards[1], clock).admit(0)
    clock.pass_(60)
    assert (tmp_path / "board").stat().st_size == before
    await old.admit(0)
    with pytest.raises(LimitReached):
        await Mapped("OLD", PerWindow(1), boards[2], clock).admit(0)


async def test_another_limit_of_the_same_name_counts_by_itself(boards: list[Board]) -> None:
    clock = Clock()
    await Mapped("demo", PerWindow(1), boards[0], clock).admit(0)
    await Mapped("demo", PerWindow(2), boards[1], clock).admit(0)
    with pytest.raises(LimitReached):
        await Mapped("demo", PerWindow(1), boards[2], clock).admit(0)


@LIMITS
async def test_a_process_that_is_stopped_with_the_lock_keeps_the_others_waiting_no_longer_than_a_moment(
    boards: list[Board], tmp_path: Path, limit: RateLimit
) -> None:
    clock = Clock()
    limiter = Mapped("demo", limit, boards[0], clock)
    standing = await limiter.admit(50)
    file = os.open(tmp_path / "board", os.O_RDWR)
    fcntl.flock(file, fcntl.LOCK_EX)
    with pytest.raises(Overloaded):
        await limiter.admit(1)
    limiter.settle(standing, Usage(20, 0, 20))
    os.close(file)
    expected = InProcess("demo", limit, clock)
    expected.settle(await expected.admit(50), Usage(20, 0, 20))
    assert await limiter.admit(1) == await expected.admit(1)


def test_a_bump_is_seen_by_all(boards: list[Board]) -> None:
    seen_before = {board.revision for board in boards}
    boards[0].bump()
    seen_after = {board.revision for board in boards}
    assert len(seen_before) == len(seen_after) == 1
    assert seen_before != seen_after
    boards[1].bump()
    assert {board.revision for board in boards} != seen_after


def test_the_file_is_its_owners_alone(boards: list[Board], tmp_path: Path) -> None:
    assert (tmp_path / "board").stat().st_mode & 0o777 == 0o600
