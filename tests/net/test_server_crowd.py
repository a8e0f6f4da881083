"""What becomes of clients that are more than there are files for."""

import asyncio
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.net.serving import Connection, Gate, connected, echo, get, secured, serving, settled
from zaffre.net.http import Limits, Request, Response
from zaffre.net.server.crowd import Crowd
from zaffre.net.server.lane import Lane
from zaffre.net.server.listen import Address
from zaffre.net.server.sweep import Sweep

FEW = Limits(connections=4, sweep=1000)


class Clients(AsyncExitStack):
    """They come one after the other."""

    def __init__(self, address: Address, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._address = address
        self._tls = tls

    async def come(self) -> Connection:
        return await self.enter_async_context(connected(self._address, self._tls))


async def served(client: Connection) -> bool:
    """Whether it is answered, rather than disconnected."""
    try:
        client.send(get())
        return (await client.answer()).status == 200
    except (asyncio.IncompleteReadError, ConnectionError):
        return False


async def until(true: Callable[[], bool]) -> None:
    """Until something holds that nobody tells."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_whoever_comes_takes_the_place_of_who_asked_nothing_for_longest(secure: bool) -> None:
    seen: list[Lane] = []
    server, client = secured()
    serves = serving(echo, limits=FEW, seen=seen, tls=server if secure else None)
    async with serves as address, Clients(address, client if secure else None) as clients:
        early = [await clients.come() for _ in range(4)]
        for each in (*early, early[0]):
            assert await served(each)
            seen[0].site.sweep.now += 1
        assert await served(await clients.come())
        assert [await served(each) for each in early] == [True, False, True, True]


async def test_who_is_busy_stays_and_who_comes_is_turned_away(caplog: pytest.LogCaptureFixture) -> None:
    gate, seen = Gate(), list[Lane]()
    async with serving(gate.handle, limits=FEW, seen=seen) as address, Clients(address) as clients:
        busy = [await clients.come() for _ in range(4)]
        for client in busy[1:]:
            client.send(get("/wait"))
        busy[0].send(get("/half")[:-2])
        await until(lambda: all(lane.idle_since is None for lane in seen))
        for _ in range(2):
            assert not await served(await clients.come())
        gate.open.set()
        busy[0].send(b"\r\n")
        assert [(await client.answer()).status for client in busy] == [200] * 4
    [warning] = caplog.messages
    assert "4 clients are connected" in warning


async def test_an_answer_that_nobody_has_read_keeps_its_connection() -> None:
    async def large(_: Request) -> Response:
        return Response(200, [], b"x" * 20_000_000)

    seen: list[Lane] = []
    limits = Limits(connections=1, sweep=1000)
    async with serving(large, limits=limits, seen=seen) as address, Clients(address) as clients:
        reading = await clients.come()
        reading.send(get())
        await settled(seen[0])
        assert not await served(await clients.come())
        assert len((await reading.answer()).body) == 20_000_000


async def test_who_was_refused_and_stays_makes_room() -> None:
    limits = Limits(connections=1, sweep=1000)
    async with serving(echo, limits=limits) as address, Clients(address) as clients:
        refused = await clients.come()
        refused.send(b"no request\r\n\r\n")
        assert (await refused.answer()).status == 400
        assert await served(await clients.come())


async def test_connections_that_were_handed_over_count_too() -> None:
    seen: list[Lane] = []
    limits = Limits(connections=2, sweep=1000)
    async with (
        serving(echo, limits=limits, hand_over="/else".__eq__, seen=seen) as address,
        Clients(address) as clients,
    ):
        away, idle = await clients.come(), await clients.come()
        away.send(b"POST /else HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        await until(lambda: seen[0].transport is None)
        assert await served(await clients.come())
        assert not await served(idle)
        away.send(b"body")
        assert (await away.answer()).status == 200


class Someone:
    """A client without a socket."""

    def __init__(self, idle_since: float | None) -> None:
        self.idle_since = idle_since
        self.has_left = False

    def give_way(self) -> None:
        self.has_left = True
        self.idle_since = None


class Counting(list[Someone]):
    """Clients, and how often they were looked through."""

    times = 0

    def __iter__(self) -> Iterator[Someone]:
        self.times += 1
        return super().__iter__()


def test_several_leave_at_once_where_there_are_many() -> None:
    crowd = Crowd(Sweep(1), 320)
    here = Counting([Someone((7 * number) % 320) for number in range(321)])
    crowd.admit(here[-1], here, here)
    assert sorted(number * 7 % 320 for number, each in enumerate(here) if each.has_left) == list(range(11))


def test_where_all_are_busy_nobody_is_looked_for_twice_in_a_tick() -> None:
    sweep = Sweep(1)
    crowd, here = Crowd(sweep, 1), Counting([Someone(None)])
    for tick in (1, 2):
        sweep.now = tick
        for _ in range(3):
            late = Someone(0.0)
            here.append(late)
            crowd.admit(late, here, here)
            assert late.has_left
    assert here.times == 2


def test_listeners_share_their_places() -> None:
    crowd = Crowd(Sweep(1), 2)
    plain, secure = [Someone(0.0)], [Someone(1.0)]
    crowd.admit(plain[0], plain, plain)
    crowd.admit(secure[0], secure, [*plain, *secure])
    assert not plain[0].has_left
    secure.append(Someone(2.0))
    crowd.admit(secure[1], secure, [*plain, *secure])
    assert [each.has_left for each in (*plain, *secure)] == [True, False, False]


PROGRAM = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

from contextlib import ExitStack
from tests.net.serving import nothing, refuse
from zaffre.net.http import Response
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Listener, bind
from zaffre.net.server.serve import run

async def opening(_):
    with ExitStack() as files:
        for _ in range(40):
            files.enter_context(open("/dev/null"))
    return Response(200, [], b"opened")

ready = lambda addresses: print(addresses[0].port, flush=True)
protocol = lane(opening, refuse=refuse, hand_over=nothing)
run([bind(Listener(port=0))], protocol=protocol, app=asgi(opening, refuse=refuse), on_ready=ready)
"""


def test_a_server_at_its_limit_of_files_can_open_some_for_every_client() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        clients = []
        for _ in range(200):
            clients.append(socket.create_connection(("127.0.0.1", port), timeout=10))
            clients[-1].sendall(get())
            assert clients[-1].recv(1000).endswith(b"opened")
        for client in clients:
            client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
