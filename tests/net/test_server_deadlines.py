"""What the lane does not wait for."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.net.serving import Connection, asked, echo, get, line_to, serving, settled
from zaffre.net.http import Limits, Request, Response
from zaffre.net.server.lane import Lane

GET = get()
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
TEXT = [(b"content-type", b"text/plain")]


async def test_a_slow_head_is_given_up() -> None:
    async with serving(echo, limits=Limits(head_timeout=0.05, sweep=0.01)) as address:
        assert (await asked(address, b"GET / HTT")).status == 408


async def test_a_head_that_trickles_is_given_up() -> None:
    async with line_to(echo, limits=Limits(head_timeout=0.05, sweep=0.01)) as client, asyncio.timeout(10):
        client.send(GET[:-2])
        while b"408" not in await _glimpse(client.reader):
            client.send(b"X: y\r\n")


async def _glimpse(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(0.01):
            return await reader.read(100)
    except TimeoutError:
        return b""


async def test_a_body_that_trickles_in_time_is_taken() -> None:
    async with line_to(echo, limits=Limits(head_timeout=0.05, body_idle=5, sweep=0.01)) as client:
        client.send(POST + b"Content-Length: 3\r\n\r\n")
        for _ in range(3):
            await asyncio.sleep(0.05)
            client.send(b"a")
        assert (await client.answer()).status == 200


@pytest.mark.parametrize(("piece", "is_taken"), [(1, False), (1000, True)], ids=["too-slow", "fast-enough"])
async def test_a_body_that_trickles_for_ever_is_given_up(piece: int, is_taken: bool) -> None:
    seen: list[Lane] = []
    size = 20 * piece
    async with line_to(echo, limits=Limits(body_idle=10, body_rate=100, sweep=1000), seen=seen) as client:
        client.send(GET)
        assert (await client.answer()).status == 200
        [server] = seen
        begun = server.site.sweep.now
        server.data_received(POST + b"Content-Length: %d\r\n\r\n" % size)
        for seconds in range(0, 100, 5):
            server.site.sweep.now = begun + seconds
            server.expire(begun + seconds)
            server.data_received(b"a" * piece)
        assert (await client.answer()).status == (200 if is_taken else 408)


@pytest.mark.parametrize("limits", [Limits(head_timeout=0.03, sweep=0.01), Limits(keep_alive=0.03, sweep=0.01)])
async def test_a_connection_without_a_request_is_closed_silently(limits: Limits) -> None:
    async with line_to(echo, limits=limits) as client:
        if limits.head_timeout > 1:
            client.send(GET)
            assert (await client.answer()).status == 200
        assert await client.rest() == b""


async def test_empty_lines_do_not_keep_a_connection() -> None:
    async with line_to(echo, limits=Limits(head_timeout=0.05, sweep=0.01)) as client, asyncio.timeout(10):
        while not client.reader.at_eof():
            client.send(b"\r\n")
            await _glimpse(client.reader)


async def test_a_handler_may_take_longer_than_any_deadline() -> None:
    seen: list[Lane] = []

    async def handle(request: Request) -> Response:
        a_day_later = asyncio.get_running_loop().time() + 86_400
        for _ in range(3):
            seen[0].expire(a_day_later)
            await asyncio.sleep(0)
        return Response(200, TEXT, b"at last")

    async with serving(handle, limits=Limits(sweep=1000), seen=seen) as address:
        assert (await asked(address, GET)).body == b"at last"


async def test_a_client_that_takes_nothing_is_cut_off_and_one_that_takes_little_is_not() -> None:
    closed = asyncio.Event()
    seen: list[Lane] = []

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield bytes(100_000)
        finally:
            closed.set()

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    limits = Limits(write_stall=300, sweep=1000)
    async with line_to(handle, limits=limits, seen=seen) as client, asyncio.timeout(10):
        client.send(GET)
        await client.reader.readuntil(b"\r\n\r\n")
        [server] = seen
        for now in (1000, 1200, 1400):
            before = await settled(server)
            server.expire(now)
            while before == server.transport.get_write_buffer_size():
                await client.read(10_000)
        await settled(server)
        server.expire(1600)
        server.expire(1900)
        assert not closed.is_set()
        server.expire(1901)
        await closed.wait()


async def test_a_client_that_is_refused_and_goes_on_sending_is_cut_off() -> None:
    async with line_to(echo, limits=Limits(body=10, linger_bytes=100_000)) as client:
        client.send(POST + b"Content-Length: 100000000\r\n\r\n")
        assert (await client.answer()).status == 413
        with pytest.raises(ConnectionError):
            await _send_on(client, bytes(65536))


async def test_a_client_that_is_refused_and_stays_is_cut_off() -> None:
    async with line_to(echo, limits=Limits(body=10, linger=0.03, sweep=0.01)) as client:
        client.send(POST + b"Content-Length: 100000000\r\n\r\n")
        assert (await client.answer()).status == 413
        with pytest.raises(ConnectionError):
            await _send_on(client, b"a")


async def _send_on(client: Connection, data: bytes) -> None:
    async with asyncio.timeout(10):
        while True:
            client.send(data)
            await client.writer.drain()
            await asyncio.sleep(0.001)
