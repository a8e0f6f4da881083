"""Random traffic, settlements, restarts and partitions: the limit holds as far as is said.

- As long as Redis remembers, and no process goes on without it, all together let in no more than the limit in a window,
  whatever becomes of their messages: lost on the way there, lost on the way back, or late.
- Whatever happens to Redis, no process lets in more than the limit by itself (but under `fail: open`).

What counts is what had room when it was let in: a call's estimate, or what it used if that is known and less.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from msgspec import Struct, field

from tests.limits.clock import Clock
from tests.limits.redis_server import RedisServer
from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached, Overloaded
from zaffre.core.limits import PerWindow, Standing
from zaffre.limits.link import Link
from zaffre.limits.shared import Shared
from zaffre.limits.sharing import Fail, Gone, Sharing

REQUESTS, TOKENS = 3, 100
LIMIT = PerWindow(REQUESTS, 10, TOKENS)
Fate = Literal["arrives", "is lost", "is lost on the way back", "is late"]
FATES: tuple[Fate, ...] = ("is lost", "is lost on the way back", "is late")
WHO = st.integers(0, 1)


class Road:
    """The way to Redis, on which messages may go astray."""

    def __init__(self, link: Link) -> None:
        self.fate: Fate = "arrives"
        self.late: list[Callable[[], Awaitable[Any]]] = []
        self._link = link

    async def ask(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | float]) -> Any:
        said = list(arguments)
        if self.fate == "is late":
            self.late.append(lambda: self._link.ask(script, keys, said))
        if self.fate in ("is lost", "is late"):
            raise Gone(f"the message {self.fate}")
        answer = await self._link.ask(script, keys, said)
        if self.fate == "is lost on the way back":
            raise Gone("the answer is lost")
        return answer

    async def close(self) -> None:
        await self._link.close()


class Process(Struct):
    """One process, and what it has let in, by window: requests, and tokens of each call."""

    road: Road
    sharing: Sharing
    limiter: Shared
    requests: dict[int, int] = field(default_factory=dict)
    tokens: dict[int, list[int]] = field(default_factory=dict)


class Admitted(Struct):
    """A call that is not settled yet."""

    process: Process
    standing: Standing
    window: int
    place: int


class Fleet(RuleBasedStateMachine):
    """Two processes at a time, and all that were there before."""

    address = ""
    fail: Fail = "closed"

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = Clock(6000)
        self.name = f"demo-{id(self)}"
        self.processes: list[Process] = []
        self.open: list[Admitted] = []
        self.disturbed: set[int] = set()
        """Windows of tokens in which Redis had forgotten something, or a process went on without it."""
        self.link = Link(self.address, 10)
        self.run(self.link.ask("return redis.call('FLUSHALL') and 1", [], []))
        self.now_there = [self._process() for _ in range(2)]

    def run(self, doing: Any) -> Any:
        return self.loop.run_until_complete(doing)

    def _process(self) -> Process:
        road = Road(Link(self.address, 10))
        sharing = Sharing(road, self.fail, self.clock)
        process = Process(road, sharing, Shared(self.name, LIMIT, sharing, "tests"))
        self.processes.append(process)
        return process

    @rule(who=WHO, calls=st.lists(st.integers(0, 60), min_size=1, max_size=4))
    def call(self, who: int, calls: list[int]) -> None:
        for tokens in calls:
            self._call(self.now_there[who], tokens)

    def _call(self, process: Process, tokens: int) -> None:
        try:
            standing = self.run(process.limiter.admit(tokens))
        except (LimitReached, Overloaded):
            return
        finally:
            self.run(self._found_again(process))
        requests, window = int(self.clock() // 10), int(self.clock() // 60)
        process.requests[requests] = process.requests.get(requests, 0) + 1
        counted = process.tokens.setdefault(window, [])
        counted.append(tokens)
        self.open.append(Admitted(process, standing, window, len(counted) - 1))
        self._check(process, requests, window)

    async def _found_again(self, process: Process) -> None:
        """A process that has missed Redis looks for it by a clock of its own; here it looks when it is told to."""
        if process.sharing.gone:
            looking = process.sharing._looking
            assert looking is not None
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            if self.fail == "local":
                self.disturbed.add(int(self.clock() // 60))

    @rule(which=st.integers(0, 30), used=st.integers(0, 100))
    def settle(self, which: int, used: int) -> None:
        if not self.open:
            return
        call = self.open.pop(which % len(self.open))

        async def settled() -> None:
            call.process.limiter.settle(call.standing, Usage(used, 0, used))

        self.run(settled())
        if call.window == int(self.clock() // 60):
            counted = call.process.tokens[call.window]
            counted[call.place] = min(counted[call.place], used)

    @rule(who=WHO)
    def heal(self, who: int) -> None:
        process = self.now_there[who]
        process.road.fate = "arrives"

        async def told() -> None:
            await process.limiter.tell()
            process.sharing.gone = False

        self.run(told())

    @rule(who=WHO, fate=st.sampled_from(FATES), tokens=st.integers(0, 60), lasting=st.booleans())
    def partition(self, who: int, fate: Fate, tokens: int, lasting: bool) -> None:
        """One message goes astray, or all until the partition is healed."""
        self.now_there[who].road.fate = fate
        self._call(self.now_there[who], tokens)
        if not lasting:
            self.heal(who)

    @rule()
    def what_is_late_arrives(self) -> None:
        for process in self.processes:
            for message in process.road.late:
                self.run(message())
            process.road.late.clear()

    @rule(who=WHO)
    def restart_a_process(self, who: int) -> None:
        self.now_there[who] = self._process()

    @rule()
    def redis_forgets(self) -> None:
        self.run(self.link.ask("return redis.call('FLUSHALL') and 1", [], []))
        self.disturbed.add(int(self.clock() // 60))

    @rule(seconds=st.sampled_from([1, 9, 60]))
    def wait(self, seconds: int) -> None:
        self.clock.pass_(seconds)

    def _check(self, process: Process, requests: int, window: int) -> None:
        assert process.requests[requests] <= REQUESTS
        assert sum(process.tokens[window]) <= TOKENS
        if window not in self.disturbed:
            assert sum(each.requests.get(requests, 0) for each in self.processes) <= REQUESTS
            assert sum(sum(each.tokens.get(window, ())) for each in self.processes) <= TOKENS

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        for process in self.processes:
            process.sharing.gone = True
            self.run(process.sharing.close())
        self.run(self.link.close())
        self.loop.close()


@pytest.mark.parametrize("fail", ["closed", "local"])
def test_the_limit_holds_whatever_becomes_of_messages_processes_and_redis(lasting: RedisServer, fail: Fail) -> None:
    machine = type("Machine", (Fleet,), {"address": lasting.address, "fail": fail})
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=40))


def test_a_message_that_comes_late_undoes_nothing(lasting: RedisServer) -> None:
    machine = type("Machine", (Fleet,), {"address": lasting.address})()
    machine.begin()
    machine.partition(0, "is late", 5, False)
    machine.call(0, [1] * REQUESTS)
    machine.what_is_late_arrives()
    machine.call(1, [1] * REQUESTS)
    assert [process.requests for process in machine.processes] == [{600: REQUESTS}, {}]
    machine.teardown()


def test_an_answer_that_is_lost_lets_nobody_in(lasting: RedisServer) -> None:
    machine = type("Machine", (Fleet,), {"address": lasting.address})()
    machine.begin()
    machine.partition(0, "is lost on the way back", 5, False)
    machine.call(1, [1] * REQUESTS)
    assert [process.requests for process in machine.processes] == [{}, {600: REQUESTS}]
    machine.teardown()
