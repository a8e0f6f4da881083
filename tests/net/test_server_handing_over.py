"""Requests that are the ASGI application's."""

import asyncio

import pytest

from tests.net.serving import Gate, asked, connected, echo, get, line_to, serving
from zaffre.net.http import Request, Response

GET = get()
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
TEXT = [(b"content-type", b"text/plain")]


async def test_a_path_of_the_asgi_application_is_handed_over_once_and_then_closed() -> None:
    async with line_to(echo, hand_over=lambda path: path.startswith("/app/")) as client:
        client.send(GET)
        assert "connection" not in (await client.answer()).headers
        client.send(b"POST /app/x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        await asyncio.sleep(0)
        client.send(b"dy")
        answer = await client.answer()
        assert (answer.body, answer.headers["connection"]) == (b"POST\n/app/x\ny\nhttp\nbody", "close")
        assert await client.rest() == b""


async def test_a_head_that_comes_in_pieces_is_handed_over_whole() -> None:
    async with line_to(echo, hand_over=lambda path: path == "/app") as client:
        for byte in get("/app"):
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await client.answer()).body == b"GET\n/app\n\nhttp\n"


@pytest.mark.parametrize("first", ["/", "/wait"])
async def test_a_request_for_the_application_behind_others_is_left_to_a_new_connection(first: str) -> None:
    gate = Gate()
    async with line_to(gate.handle, hand_over=lambda path: path == "/app") as client:
        client.send(get(first) + get("/app"))
        gate.open.set()
        assert (await client.answer()).body == first.encode()
        assert await client.rest() == b""
    assert gate.asked == [first]


async def test_a_request_for_the_application_while_another_is_answered_is_left_to_a_new_connection() -> None:
    gate = Gate()
    async with line_to(gate.handle, hand_over=lambda path: path == "/app") as client:
        client.send(get("/wait"))
        await gate.started.wait()
        client.send(get("/app"))
        await asyncio.sleep(0.01)
        gate.open.set()
        assert (await client.answer()).body == b"/wait"
        assert await client.rest() == b""


async def test_a_websocket_is_handed_over() -> None:
    handled: list[str] = []

    async def handle(request: Request) -> Response:
        handled.append(request.header(b"upgrade"))
        return Response(200, TEXT, b"")

    async with line_to(handle) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        answer = await client.answer()
    # Without a WebSocket library uvicorn answers it as the plain request that it also is.
    assert (answer.status, handled) == (200, ["websocket"])


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"


@pytest.mark.parametrize("path", [b"/", b"/app"])
async def test_an_upgrade_that_nobody_offers_is_ignored_and_the_body_kept(path: bytes) -> None:
    data = b"POST " + path + b" HTTP/1.1\r\nHost: a\r\n" + UPGRADE + b"Content-Length: 4\r\n\r\nbody"
    async with serving(echo, hand_over=lambda path: path == "/app") as address:
        assert (await asked(address, data)).body.endswith(b"\nbody")
        async with connected(address) as client:
            for byte in b"\r\n" + data:
                client.send(bytes([byte]))
                await asyncio.sleep(0)
            assert (await client.answer()).body.endswith(b"\nbody")
