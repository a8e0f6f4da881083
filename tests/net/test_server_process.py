"""Listeners, signals, and the life of a server process."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.net.serving import Gate, asked, connected, echo, get, nothing, refuse
from zaffre.net.http import Handler
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Address, Listener, PortTaken, bind
from zaffre.net.server.serve import bind_all, listening, serve


class Server:
    """A run of `serve` in the test's own loop, and what it reports."""

    def __init__(self, handler: Handler, *listeners: Listener, grace: float = 5.0) -> None:
        self.events: list[str] = []
        self.addresses: list[Address] = []
        self.ready = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.over = asyncio.create_task(
            serve(
                bind_all(listeners or [Listener(port=0)]),
                protocol=lane(handler, refuse=refuse, hand_over=nothing),
                app=asgi(handler, refuse=refuse),
                lifespan=self._lifespan,
                on_ready=self._ready,
                sighup=self.hung_up.set,
                grace=grace,
            )
        )

    @asynccontextmanager
    async def _lifespan(self) -> AsyncGenerator[None, None]:
        self.events.append("begin")
        yield
        self.events.append("end")

    def _ready(self, addresses: list[Address]) -> None:
        self.events.append("ready")
        self.addresses = addresses
        self.ready.set()

    async def up(self) -> Address:
        async with asyncio.timeout(10):
            await self.ready.wait()
        return self.addresses[0]

    async def down(self) -> None:
        async with asyncio.timeout(10):
            await self.over


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_lets_requests_in_flight_finish_and_ends_the_lifespan_after_them(number: signal.Signals) -> None:
    gate = Gate()
    server = Server(gate.handle)
    async with connected(await server.up()) as client:
        client.send(get("/wait"))
        await gate.started.wait()
        send(number)
        await asyncio.sleep(0.02)
        assert server.events == ["begin", "ready"]
        gate.open.set()
        assert (await client.answer()).body == b"/wait"
    await server.down()
    assert server.events == ["begin", "ready", "end"]


async def test_a_second_signal_waits_for_nobody() -> None:
    gate = Gate()
    server = Server(gate.handle, grace=60)
    async with connected(await server.up()) as client:
        client.send(get("/wait"))
        await gate.started.wait()
        send(signal.SIGINT)
        await asyncio.sleep(0.02)
        send(signal.SIGINT)
        await server.down()
        assert await client.rest() == b""


async def test_sighup_is_passed_on_and_ends_nothing() -> None:
    server = Server(echo)
    address = await server.up()
    send(signal.SIGHUP)
    async with asyncio.timeout(10):
        await server.hung_up.wait()
    assert (await asked(address, get())).status == 200
    send(signal.SIGTERM)
    await server.down()


async def test_http_and_https_are_served_side_by_side_and_stopped_together() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    server = Server(echo, Listener(port=0), Listener(port=0, tls=context))
    await server.up()
    plain, secure = server.addresses
    assert plain.url == f"http://127.0.0.1:{plain.port}"
    assert secure.url == f"https://127.0.0.1:{secure.port}"
    async with connected(plain) as first, connected(secure, trusting) as second:
        for client, scheme in ((first, b"http"), (second, b"https")):
            client.send(get("/x") + get("/y"))
            assert (await client.answer()).body == b"GET\n/x\n\n" + scheme + b"\n"
            assert (await client.answer()).body == b"GET\n/y\n\n" + scheme + b"\n"
        second.send(b"garbage\r\n\r\n")
        assert (await second.answer()).status == 400
        send(signal.SIGTERM)
        await server.down()
        assert await first.rest() == b""


async def test_over_tls_too_paths_are_handed_over() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    protocol = lane(echo, refuse=refuse, hand_over=lambda path: path == "/app")
    bound = bind(Listener(port=0, tls=context))
    app = asgi(echo, refuse=refuse)
    async with listening([bound], protocol=protocol, app=app) as [address], connected(address, trusting) as client:
        client.send(get("/app"))
        assert (await client.answer()).body == b"GET\n/app\n\nhttps\n"


def test_a_taken_port_is_named_and_no_other_port_is_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1 is taken") as caught:
            bind_all([Listener(port=0), Listener(port=port)])
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1, port 8080"):
        bind(Listener("192.0.2.1", 8080))


def test_a_name_that_cannot_be_one_is_named() -> None:
    with pytest.raises(OSError, match=r"cannot listen on a{64}, port 8080"):
        bind(Listener("a" * 64, 8080))


def test_all_addresses_of_a_name_get_the_same_port() -> None:
    bound = bind(Listener("localhost", 0))
    assert {each.getsockname()[1] for each in bound.sockets} == {bound.address.port}
    assert {each.proto for each in bound.sockets} == {socket.IPPROTO_TCP}
    bound.close()


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    assert Address("http", "::1", 80).url == "http://[::1]:80"


async def test_a_start_that_fails_gives_the_port_back() -> None:
    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        raise RuntimeError("no")
        yield

    bound = bind(Listener(port=0))
    protocol = lane(echo, refuse=refuse, hand_over=nothing)
    with pytest.raises(RuntimeError, match="no"):
        await serve([bound], protocol=protocol, app=asgi(echo, refuse=refuse), lifespan=lifespan)
    bind(Listener(port=0)).close()
    assert [each.fileno() for each in bound.sockets] == [-1]


PROGRAM = """
from tests.net.serving import echo, nothing, refuse
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Listener
from zaffre.net.server.serve import bind_all, run

protocol = lane(echo, refuse=refuse, hand_over=nothing)
ready = lambda addresses: print(addresses[0].port, flush=True)
run(bind_all([Listener(port=0)]), protocol=protocol, app=asgi(echo, refuse=refuse), on_ready=ready)
print("over")
"""


def test_a_process_serves_until_it_is_told_to_stop() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(get())
            assert client.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
            process.send_signal(signal.SIGTERM)
            assert client.recv(1000) == b""
        assert process.stdout.read() == b"over\n"
        assert process.stderr.read() == b""
        assert process.wait(10) == 0


MANY_FILES = """
import resource
from zaffre.net.server.serve import run
from tests.net.serving import echo, nothing, refuse
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane

most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4096)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
ready = lambda addresses: print(*resource.getrlimit(resource.RLIMIT_NOFILE), most, flush=True)
run([], protocol=lane(echo, refuse=refuse, hand_over=nothing), app=asgi(echo, refuse=refuse), on_ready=ready)
"""


def test_a_process_lets_itself_open_as_many_files_as_it_may() -> None:
    with subprocess.Popen([sys.executable, "-c", MANY_FILES], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        now, _, most = process.stdout.readline().split()
        process.send_signal(signal.SIGTERM)
        assert now == most
        assert process.wait(10) == 0
