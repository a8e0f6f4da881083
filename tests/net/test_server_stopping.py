"""The graceful end: what is in flight is answered, nothing new is taken."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncGenerator

import pytest
import uvicorn

from tests.net.serving import (
    WAYS,
    Connection,
    Gate,
    connected,
    echo,
    get,
    line_to,
    nothing,
    refuse,
    secured,
    serving,
    stopping,
)  # fmt: skip
from zaffre.net.http import Limits, Request, Response
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import Lane, lane

TEXT = [(b"content-type", b"text/plain")]


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_in_flight_is_answered_and_then_the_connection_closed(way: str) -> None:
    gate = Gate()
    async with stopping(gate.handle, way) as server, connected(server.address) as client:
        client.send(get("/wait"))
        await gate.started.wait()
        await server.stop()
        gate.open.set()
        answer = await client.answer()
        assert (answer.body, answer.headers["connection"]) == (b"/wait", "close")
        assert await client.rest() == b""


@pytest.mark.parametrize("way", WAYS)
async def test_an_idle_connection_is_closed_at_once(way: str) -> None:
    async with stopping(echo, way) as server, connected(server.address) as client:
        client.send(get())
        await client.answer()
        await server.stop()
        assert await client.rest() == b""


async def test_nobody_new_is_let_in() -> None:
    gate = Gate()
    async with stopping(gate.handle) as server, connected(server.address) as client:
        client.send(get("/wait"))
        await gate.started.wait()
        await server.stop()
        with pytest.raises(OSError):  # noqa: PT011 - which one depends on the platform
            await asyncio.open_connection(server.address.host, server.address.port)
        gate.open.set()


async def test_a_request_whose_body_is_on_its_way_is_still_answered() -> None:
    async with stopping(echo) as server, connected(server.address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.answer()).status == 100
        await server.stop()
        client.send(b"body")
        answer = await client.answer()
        assert (answer.body[-4:], answer.headers["connection"]) == (b"body", "close")


async def test_half_a_head_is_not_waited_for() -> None:
    async with stopping(echo) as server, connected(server.address) as client:
        client.send(get() + b"GET / HT")
        await client.answer()
        await server.stop()
        assert await client.rest() == b""


async def test_what_was_pipelined_behind_is_left_to_another_server() -> None:
    gate = Gate()
    async with stopping(gate.handle) as server, connected(server.address) as client:
        client.send(get("/wait") + get("/b") * 20_000)
        await gate.started.wait()
        await server.stop()
        gate.open.set()
        assert (await client.answer()).headers["connection"] == "close"
        assert await client.end() == b""
    assert gate.asked == ["/wait"]


async def test_a_stream_runs_to_its_end() -> None:
    go_on = asyncio.Event()

    async def body() -> AsyncGenerator[bytes, None]:
        yield b"one "
        await go_on.wait()
        yield b"two"

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with stopping(handle) as server, connected(server.address) as client:
        client.send(get())
        head = await client.reader.readuntil(b"4\r\none \r\n")
        assert b"connection" not in head
        await server.stop()
        go_on.set()
        assert await client.rest() == b"3\r\ntwo\r\n0\r\n\r\n"


@pytest.mark.parametrize("way", WAYS)
async def test_what_takes_longer_than_the_grace_is_cut(way: str) -> None:
    cleaned = asyncio.Event()
    started = asyncio.Event()

    async def handle(request: Request) -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            cleaned.set()
        raise AssertionError

    async with serving(handle, way, grace=0.05) as address:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(get())
        await started.wait()
    assert cleaned.is_set()
    assert await Connection(reader, writer).rest() == b""
    writer.close()


async def test_a_client_that_lingers_after_a_refusal_is_not_waited_for() -> None:
    async with line_to(echo) as client:
        client.send(b"garbage\r\n\r\n")
        assert (await client.answer()).status == 400


async def test_a_request_that_was_cut_off_before_its_turn_is_not_waited_for() -> None:
    seen: list[Lane] = []
    handled: list[Request] = []

    def cut(path: str) -> bool:
        asyncio.get_running_loop().call_soon(seen[0].abort)
        return False

    async def handle(request: Request) -> Response:
        handled.append(request)
        return Response(200, TEXT, b"")

    server = serving(handle, grace=60, hand_over=cut, seen=seen)
    async with asyncio.timeout(10), server as address, connected(address) as client:
        client.send(get())
        assert await client.rest() == b""
    assert handled == []


async def test_uvicorns_own_shutdown_finds_what_it_looks_for() -> None:
    gate = Gate()
    protocol = lane(gate.handle, refuse=refuse, hand_over=nothing)
    config = uvicorn.Config(
        asgi(echo, refuse=refuse),
        http=protocol,
        port=0,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    state = server.server_state
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = Connection(reader, writer)
    client.send(get("/first"))
    await client.answer()
    assert (len(state.connections), len(state.tasks), state.total_requests) == (1, 1, 1)
    client.send(get("/wait"))
    await gate.started.wait()
    assert len(state.tasks) == 1
    down = asyncio.create_task(server.shutdown())
    await asyncio.sleep(0)
    gate.open.set()
    assert (await client.answer()).headers["connection"] == "close"
    await down
    assert (len(state.connections), len(state.tasks), state.total_requests) == (0, 0, 2)
    writer.close()


async def test_a_client_without_a_word_of_farewell_holds_up_no_end() -> None:
    server, trusting = secured()
    seen: list[Lane] = []
    async with serving(echo, limits=Limits(linger=1000, sweep=1000), seen=seen, tls=server) as address:
        plug = await asyncio.to_thread(_answered, address.port, trusting)
        seen[0].shutdown()
        with plug, socket.socket(fileno=os.dup(plug.fileno())) as plain:
            plain.settimeout(10)
            # It reads, but does not answer, what TLS says at its end.
            while await asyncio.to_thread(plain.recv, 4096):
                pass


async def test_an_answer_that_waits_for_its_turn_goes_out_though_the_client_says_no_more() -> None:
    seen: list[Lane] = []

    def says_no_more() -> None:
        # As a transport says it, and does then.
        transport = seen[0].transport
        assert transport is not None
        seen[0].eof_received()
        transport.close()

    async def handle(request: Request) -> Response:
        asyncio.get_running_loop().call_soon(says_no_more)
        return Response(200, TEXT, b"answered")

    async with serving(handle, seen=seen) as address, connected(address) as client:
        client.send(get("/"))
        assert (await client.answer()).body == b"answered"


def _answered(port: int, trusting: ssl.SSLContext) -> ssl.SSLSocket:
    """A client that was answered once."""
    plug = trusting.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname="127.0.0.1")
    plug.sendall(get("/"))
    while b"https" not in plug.recv(4096):
        pass
    return plug
