"""A server that remembers what it was asked and answers from a script."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

HANG = object()
"""A step in which nothing is sent until the other side has gone."""
CUT = object()
"""A step that breaks the connection."""


class Asked(Struct):
    """One request."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer(Struct):
    """One answer. Steps are bytes of the body, HANG or CUT; a body in several pieces goes out chunked."""

    steps: Sequence[Any] = (b"",)
    status: int = 200
    headers: Mapping[str, str] = {}


def whole(body: Any, status: int = 200, **headers: str) -> Answer:
    """JSON, or the bytes given."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer([content], status, {"content-type": "application/json", **named})


def stream(*steps: Any) -> Answer:
    """Pieces of an event stream, each a write of its own: bytes, text, or objects that become `data:` events."""
    return Answer([_step(step) for step in steps] + [b""], 200, {"content-type": "text/event-stream"})


def event(data: Any) -> bytes:
    return b"data: %b\n\n" % json.dumps(data, ensure_ascii=False).encode()


DONE = b"data: [DONE]\n\n"


def _step(step: Any) -> Any:
    if step in (HANG, CUT):
        return step
    if isinstance(step, str):
        return step.encode()
    return step if isinstance(step, bytes) else event(step)


class Upstream:
    """Answers every request with `answer`, or by asking it what to answer."""

    def __init__(self) -> None:
        self.answer: Answer | Callable[[Asked], Answer] = whole({})
        self.asked: list[Asked] = []
        self.arrived = asyncio.Event()
        """Set by each request."""
        self.left = asyncio.Event()
        """Set when the other side has gone in a HANG."""
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Upstream":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while True:
                asked = await _read(reader)
                self.asked.append(asked)
                self.arrived.set()
                answer = self.answer(asked) if callable(self.answer) else self.answer
                await self._write(answer, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _write(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunked = len(answer.steps) > 1 or not isinstance(answer.steps[0], bytes)
        framing = "transfer-encoding: chunked" if chunked else f"content-length: {len(answer.steps[0])}"
        lines = [f"HTTP/1.1 {answer.status} Said", framing, *(f"{k}: {v}" for k, v in answer.headers.items())]
        if answer.steps[0] is not HANG:
            writer.write("\r\n".join([*lines, "", ""]).encode())
        for step in answer.steps:
            if step is HANG:
                await writer.drain()
                rest = await reader.read(1)
                self.left.set()
                raise ConnectionResetError(rest)
            if step is CUT:
                await writer.drain()
                writer.transport.abort()
                raise ConnectionResetError
            writer.write(b"%x\r\n%b\r\n" % (len(step), step) if chunked else step)
            await writer.drain()
            await asyncio.sleep(0)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(first.split(" ")[1], headers, body)
