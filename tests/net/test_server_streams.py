"""Answers that come piece by piece."""

import asyncio
from collections.abc import AsyncGenerator

from tests.net.serving import get, line_to, settled
from zaffre.net.http import Request, Response
from zaffre.net.server.lane import Lane

GET = get()
TEXT = [(b"content-type", b"text/plain")]


async def test_what_a_stream_gives_without_waiting_is_sent_together() -> None:
    async def body() -> AsyncGenerator[bytes, None]:
        yield b"one"
        yield b"two"

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with line_to(handle) as client:
        client.send(GET)
        async with asyncio.timeout(10):
            data = await client.reader.read(65536)
    assert data.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_a_stream_that_fails_before_its_first_piece_is_a_500() -> None:
    async def body() -> AsyncGenerator[bytes, None]:
        for never in ():
            yield never
        raise RuntimeError

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with line_to(handle) as client:
        for _ in range(2):
            client.send(GET)
            assert (await client.answer()).status == 500


async def test_a_failure_after_a_stream_on_the_same_connection_is_answered() -> None:
    async def body() -> AsyncGenerator[bytes, None]:
        yield b"one"

    async def handle(request: Request) -> Response:
        if request.path == "/fail":
            raise RuntimeError
        return Response(200, TEXT, body())

    async with line_to(handle) as client:
        for head in (b"GET", b"HEAD"):
            client.send(head + GET[3:])
            await client.answer(bodiless=head == b"HEAD")
            client.send(get("/fail"))
            assert (await client.answer()).status == 500


async def test_a_client_gone_mid_stream_is_known_within_the_next_turns() -> None:
    closed = asyncio.Event()

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with line_to(handle) as client:
        client.send(GET)
        await client.reader.readuntil(b"one")
        client.close()
        turns = 0
        while not closed.is_set() and turns < 50:
            turns += 1
            await asyncio.sleep(0)
        assert closed.is_set()


async def test_a_stalled_client_that_goes_is_known_although_much_waits_for_it() -> None:
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

    async with line_to(handle, seen=seen) as client, asyncio.timeout(10):
        client.send(GET)
        await client.reader.readuntil(b"\r\n\r\n")
        await settled(seen[0])
        client.writer.write_eof()
        await closed.wait()
        client.writer.transport.abort()
