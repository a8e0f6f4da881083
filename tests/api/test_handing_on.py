"""A request that another process answers, through a Unix socket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.net.serving import nothing, refuse
from zaffre.api.handing_on import HandingOn, handed_on
from zaffre.core.errors import Overloaded, UpstreamError
from zaffre.net.client import Client
from zaffre.net.http import Hangup, Request, Response
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Bound, Listener
from zaffre.net.server.serve import listening

PATIENCE = 20.0
Handler = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def answering(folder: Path, handler: Handler) -> AsyncIterator[HandingOn]:
    """The way to a process that answers with `handler`."""
    socket = folder / "s"
    there = handed_on(handler)
    client = Client()
    bound = Bound(Listener(path=str(socket)), [])
    protocol = lane(there, refuse=refuse, hand_over=nothing)
    async with listening([bound], protocol=protocol, app=asgi(there, refuse=refuse), grace=1.0):
        yield HandingOn(client.unix_pool(socket))
        await client.close()


def request(method: str = "POST", **fields: str) -> Request:
    headers = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in fields.items()}
    return Request(method, "/a%20b", "x=1&y=%2F", headers, b"body", "https", local=False)


async def test_it_arrives_as_it_came(tmp_path: Path) -> None:
    seen: list[Request] = []

    async def handler(asked: Request) -> Response:
        seen.append(asked)
        return Response(418, [(b"x-one", b"1"), (b"content-type", b"text/plain")], b"whole")

    sent = request(
        host="tiny.example:8443", api_key="secret", zaffre_handed_on="forged", x_latin="é", connection="close"
    )
    async with answering(tmp_path, handler) as hand_on:
        answer = await hand_on(sent)
    assert (answer.status, answer.body) == (418, b"whole")
    assert dict(answer.headers) == {b"x-one": b"1", b"content-type": b"text/plain"}
    (found,) = seen
    assert (found.method, found.path, found.query, found.body) == (sent.method, sent.path, sent.query, sent.body)
    assert (found.scheme, found.local) == ("https", False)
    kept = {name: found.headers.get(name) for name in (b"host", b"api-key", b"x-latin", b"zaffre-handed-on")}
    assert kept == {
        b"host": b"tiny.example:8443",
        b"api-key": b"secret",
        b"x-latin": "é".encode("latin-1"),
        b"zaffre-handed-on": None,
    }


async def test_a_stream_comes_piece_by_piece_and_ends_when_its_reader_goes(tmp_path: Path) -> None:
    gone = asyncio.Event()

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            gone.set()

    async def handler(_: Request) -> Response:
        return Response(200, [], pieces())

    async with asyncio.timeout(PATIENCE), answering(tmp_path, handler) as hand_on:
        answer = await hand_on(request())
        assert not isinstance(answer.body, bytes)
        assert await anext(answer.body) == b"first"
        await answer.body.aclose()
        await gone.wait()


async def test_a_reader_who_waits_makes_the_writer_wait(tmp_path: Path) -> None:
    written = 0

    async def pieces() -> AsyncGenerator[bytes, None]:
        nonlocal written
        while True:
            written += 1
            yield bytes(100_000)

    async def handler(_: Request) -> Response:
        return Response(200, [], pieces())

    async with asyncio.timeout(PATIENCE), answering(tmp_path, handler) as hand_on:
        answer = await hand_on(request())
        assert not isinstance(answer.body, bytes)
        before = -1
        # What the sockets on the way hold, and no more.
        while written != before:
            before = written
            await asyncio.sleep(0.1)
        assert written < 1000
        await anext(answer.body)
        await answer.body.aclose()


async def test_a_stream_that_breaks_breaks_here_too(tmp_path: Path) -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"first"
        raise Hangup

    async def handler(_: Request) -> Response:
        return Response(200, [], pieces())

    async with answering(tmp_path, handler) as hand_on:
        answer = await hand_on(request())
        assert not isinstance(answer.body, bytes)
        with pytest.raises(Hangup):
            _ = [piece async for piece in answer.body]


async def test_one_that_hangs_up_has_given_no_answer(tmp_path: Path) -> None:
    async def handler(_: Request) -> Response:
        raise Hangup

    async with answering(tmp_path, handler) as hand_on:
        with pytest.raises(UpstreamError) as refusal:
            await hand_on(request())
    assert refusal.value.status == 502


async def test_one_that_is_not_there_is_said_to_come(tmp_path: Path) -> None:
    client = Client()
    with pytest.raises(Overloaded) as refusal:
        await HandingOn(client.unix_pool(tmp_path / "nobody"))(request())
    assert (refusal.value.status, refusal.value.retry_after) == (503, 1)
    await client.close()


async def test_a_head_is_asked_for_as_a_get(tmp_path: Path) -> None:
    async def handler(asked: Request) -> Response:
        return Response(200, [], asked.method.encode())

    async with answering(tmp_path, handler) as hand_on:
        assert (await hand_on(request("HEAD"))).body == b"GET"
