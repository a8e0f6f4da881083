"""Several requests on one connection."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.net.serving import Gate, asked, echo, get, line_to, serving, settled
from zaffre.net.http import Request, Response
from zaffre.net.server.lane import Lane

GET = get()
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
TEXT = [(b"content-type", b"text/plain")]


async def test_pipelined_requests_are_answered_in_order_one_at_a_time() -> None:
    gate = Gate()
    async with line_to(gate.handle) as client:
        client.send(get("/wait") + get("/b") + POST + b"Content-Length: 2\r\n\r\nxx" + get("/d"))
        await gate.started.wait()
        assert gate.asked == ["/wait"]
        gate.open.set()
        assert [(await client.answer()).body for _ in range(4)] == [b"/wait", b"/b", b"/", b"/d"]


async def test_others_have_a_turn_between_two_pipelined_requests() -> None:
    turns: list[str] = []

    async def handle(request: Request) -> Response:
        turns.append(request.path)
        asyncio.get_running_loop().call_soon(turns.append, "others")
        return Response(200, [], b"")

    async with line_to(handle) as client:
        client.send(get("/a") + get("/b") + get("/c"))
        for _ in range(3):
            await client.answer()
    assert turns == ["/a", "others", "/b", "others", "/c", "others"]


async def test_pipelined_answers_wait_for_a_client_that_does_not_read_them() -> None:
    answered = 0

    async def handle(request: Request) -> Response:
        nonlocal answered
        answered += 1
        return Response(200, [], bytes(60_000))

    seen: list[Lane] = []
    async with line_to(handle, seen=seen) as client:
        client.send(1000 * get())
        await settled(seen[0])
        assert answered < 500


async def test_while_a_request_waits_its_turn_no_more_is_read() -> None:
    gate = Gate()
    seen: list[Lane] = []
    async with line_to(gate.handle, seen=seen) as client:
        client.send(get("/wait") + get("/b"))
        await gate.started.wait()
        [server] = seen
        assert not server.transport.is_reading()
        gate.open.set()
        assert [(await client.answer()).body for _ in range(2)] == [b"/wait", b"/b"]
        assert server.transport.is_reading()


async def test_what_is_refused_waits_its_turn() -> None:
    gate = Gate()
    async with line_to(gate.handle) as client:
        client.send(get("/wait") + get("/b") + b"garbage\r\n\r\n")
        await gate.started.wait()
        gate.open.set()
        assert [(await client.answer()).status for _ in range(3)] == [200, 200, 400]
        assert await client.rest() == b""


async def test_connection_close_is_heeded_and_nothing_behind_it_is_answered() -> None:
    async with line_to(echo) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET)
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await client.end() == b""


async def test_a_body_that_is_here_already_is_not_asked_for() -> None:
    async with line_to(echo) as client:
        client.send(POST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbody")
        assert (await client.answer()).status == 200


async def test_a_body_that_is_here_in_part_is_not_asked_for() -> None:
    async with line_to(echo) as client:
        client.send(POST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbo")
        await asyncio.sleep(0.01)
        client.send(b"dy")
        assert (await client.answer()).status == 200


async def test_only_who_asks_for_it_is_told_to_go_on() -> None:
    gate = Gate()
    async with line_to(gate.handle) as client:
        client.send(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody")
        client.send(POST + b"Content-Length: 4\r\n\r\n")
        await gate.started.wait()
        gate.open.set()
        assert (await client.answer()).body == b"/wait"
        client.send(b"body")
        assert (await client.answer()).body == b"/"


async def test_a_body_is_asked_for_after_the_answers_before_it() -> None:
    gate = Gate()
    async with line_to(gate.handle) as client:
        client.send(get("/wait") + POST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        await gate.started.wait()
        gate.open.set()
        assert (await client.answer()).body == b"/wait"
        assert (await client.answer()).status == 100
        client.send(b"body")
        assert (await client.answer()).status == 200


async def test_http_10_is_answered_and_closed() -> None:
    async with line_to(echo) as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await client.rest() == b""


async def test_http_10_is_kept_alive_where_it_asks() -> None:
    async with line_to(echo) as client:
        for _ in range(2):
            client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert (await client.answer()).headers["connection"] == "keep-alive"


async def test_an_http_10_stream_ends_with_the_connection() -> None:
    async def body() -> AsyncGenerator[bytes, None]:
        yield b"one "
        await asyncio.sleep(0)
        yield b"two"

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with serving(handle) as address:
        answer = await asked(address, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert answer.headers["connection"] == "close"
    assert "transfer-encoding" not in answer.headers
    assert (answer.body, answer.complete) == (b"one two", True)


async def test_an_http_10_stream_that_fails_ends_in_a_reset() -> None:
    read = asyncio.Event()

    async def body() -> AsyncGenerator[bytes, None]:
        yield b"one"
        await read.wait()
        raise RuntimeError

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with line_to(handle) as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        async with asyncio.timeout(10):
            await client.reader.readuntil(b"one")
            read.set()
            with pytest.raises(ConnectionError):
                await client.reader.read()
