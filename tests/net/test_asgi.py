"""The application under any ASGI server: what uvicorn does not show."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.net.serving import echo, refuse
from zaffre.net.http import Request, Response
from zaffre.net.server.asgi import Lifespan, Message, asgi

SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/a b",
    "raw_path": b"/a%20b",
    "query_string": b"",
    "headers": [],
    "http_version": "1.1",
}


class Server:
    """Plays the server: says its lines, one a call, then nothing more; keeps what the application sends."""

    def __init__(self, *lines: Message) -> None:
        self.lines = list(lines)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if not self.lines:
            await asyncio.Event().wait()
        return self.lines.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def played(scope: Message, *lines: Message, **given: Any) -> list[Message]:
    server = Server(*lines)
    await asgi(given.pop("handler", echo), refuse=refuse, **given)(scope, server.receive, server.send)
    return server.sent


def lifespan_of(events: list[str], *, fail_at: str = "") -> Lifespan:
    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None, None]:
        for event in ("begin", "end"):
            events.append(event)
            if event == fail_at:
                raise RuntimeError(f"failed at the {event}")
            if event == "begin":
                yield

    return lifespan


LIFE = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})


async def test_the_lifespan_is_entered_at_startup_and_left_at_shutdown() -> None:
    events: list[str] = []
    sent = await played({"type": "lifespan"}, *LIFE, lifespan=lifespan_of(events))
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert events == ["begin", "end"]


@pytest.mark.parametrize(
    ("fail_at", "said"),
    [
        ("begin", ["lifespan.startup.failed"]),
        ("end", ["lifespan.startup.complete", "lifespan.shutdown.failed"]),
    ],
)
async def test_a_lifespan_that_fails_says_so(fail_at: str, said: list[str]) -> None:
    sent = await played({"type": "lifespan"}, *LIFE, lifespan=lifespan_of([], fail_at=fail_at))
    assert [message["type"] for message in sent] == said
    assert sent[-1]["message"] == f"failed at the {fail_at}"


async def test_websockets_are_refused() -> None:
    sent = await played({"type": "websocket"}, {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close", "code": 1000}]


BODY = {"type": "http.request", "body": b"", "more_body": False}


def without(scope: Message, *names: str) -> Message:
    return {name: value for name, value in scope.items() if name not in names}


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        (SCOPE, "/a%20b"),
        (without(SCOPE, "raw_path"), "/a%20b"),
        ({**SCOPE, "raw_path": b"/base/a%20b", "root_path": "/base"}, "/a%20b"),
    ],
)
async def test_the_path_is_the_one_sent_below_where_the_application_is_mounted(scope: Message, path: str) -> None:
    paths: list[str] = []

    async def handle(request: Request) -> Response:
        paths.append(request.path)
        return Response(200, [], b"")

    await played(scope, BODY, handler=handle)
    assert paths == [path]


async def test_half_a_body_is_not_handled() -> None:
    handled: list[Request] = []

    async def handle(request: Request) -> Response:
        handled.append(request)
        return Response(200, [], b"")

    half = {"type": "http.request", "body": b"half", "more_body": True}
    assert await played(SCOPE, half, {"type": "http.disconnect"}, handler=handle) == []
    assert handled == []


async def test_a_status_that_has_no_body_is_sent_without_a_stream_of_one() -> None:
    async def body() -> AsyncGenerator[bytes, None]:
        yield b"never"

    async def handle(request: Request) -> Response:
        return Response(304, [], body())

    assert await played(SCOPE, BODY, handler=handle) == [
        {"type": "http.response.start", "status": 304, "headers": []},
        {"type": "http.response.body", "body": b""},
    ]


async def test_a_server_whose_receive_fails_has_lost_its_client() -> None:
    cancelled = asyncio.Event()

    async def handle(request: Request) -> Response:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    class Broken(Server):
        async def receive(self) -> Message:
            if not self.lines:
                raise OSError
            return self.lines.pop(0)

    server = Broken(BODY)
    await asgi(handle, refuse=refuse)(SCOPE, server.receive, server.send)
    assert cancelled.is_set()
    assert server.sent == []
