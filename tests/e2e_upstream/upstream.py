"""An upstream that does to the wire whatever a test wants: every byte, pause, end and reset is the test's.

It runs in a thread, so that tests can be plain functions. A test makes a scene; a request whose body has the scene's
word gets that scene.
"""

import asyncio
import re
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from threading import Event, Semaphore, Thread
from typing import Any, Self

import msgspec
from msgspec import Struct, field

PATIENCE = 20.0
"""Seconds after which a test is wrong."""

HANG = object()
"""Say nothing until the other side has gone."""
CLOSE = object()
"""End the connection in good order (FIN)."""
RESET = object()
"""Break the connection (RST)."""
PAUSE = object()
"""Let the other side read what has been sent."""

Step = Any
"""Bytes to send as they are, an Event to wait for, PAUSE, HANG, CLOSE or RESET."""
_WORD = re.compile(rb"scene-\d+")
_numbers = count(1)


class Asked(Struct):
    """One request as it came in."""

    target: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Scene(Struct):
    """What happens to the requests that have its word."""

    steps: Sequence[Step] | Callable[[int], Sequence[Step]]
    """The answer; or from the number of the request, 0 for the first, to its answer."""
    word: str
    asked: list[Asked] = field(default_factory=list)
    arrived: Event = field(default_factory=Event)
    """A request is here."""
    arrivals: Semaphore = field(default_factory=lambda: Semaphore(0))
    """Released by each request."""
    gone: Event = field(default_factory=Event)
    """The other side has gone."""
    most_at_once: int = 0
    _now: int = 0


class Upstream:
    """Serves scenes on 127.0.0.1, from `with` to its end."""

    def __init__(self) -> None:
        self._scenes: dict[bytes, Scene] = {}
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections = count(1)

    def __enter__(self) -> Self:
        started = Event()
        self._thread = Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def scene(self, *steps: Step) -> Scene:
        """A scene with these steps."""
        return self.scenes(lambda _: steps)

    def scenes(self, steps: Callable[[int], Sequence[Step]]) -> Scene:
        """A scene that is another one each time: `steps` makes them of the request's number."""
        made = Scene(steps, f"scene-{next(_numbers)}")
        self._scenes[made.word.encode()] = made
        return made

    def _run(self, started: Event) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(started))

    async def _serve(self, started: Event) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**24, backlog=1024)
        self.port: int = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        number = next(self._connections)
        try:
            while True:
                asked = await _read(reader, number)
                await _Turn(self._of(asked), reader, writer).play(asked)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _of(self, asked: Asked) -> Scene:
        found = _WORD.search(asked.body)
        assert found is not None, asked.body
        return self._scenes[found[0]]


class _Turn:
    """One answer on one connection."""

    def __init__(self, scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._scene, self._reader, self._writer = scene, reader, writer

    async def play(self, asked: Asked) -> None:
        scene = self._scene
        steps = scene.steps(len(scene.asked)) if callable(scene.steps) else scene.steps
        scene.asked.append(asked)
        scene._now += 1
        scene.most_at_once = max(scene.most_at_once, scene._now)
        scene.arrived.set()
        scene.arrivals.release()
        try:
            for step in steps:
                await self._take(step)
        except (asyncio.IncompleteReadError, ConnectionError):
            scene.gone.set()
            raise
        finally:
            scene._now -= 1

    async def _take(self, step: Step) -> None:
        if isinstance(step, bytes):
            self._writer.write(step)
            await self._writer.drain()
            await asyncio.sleep(0)
        elif isinstance(step, Event):
            await asyncio.get_running_loop().run_in_executor(None, step.wait, PATIENCE)
        elif step is PAUSE:
            await asyncio.sleep(0.02)
        elif step is HANG:
            await self._reader.readexactly(1)
        else:
            await self._end(linger=step is CLOSE)

    async def _end(self, *, linger: bool) -> None:
        if not linger:
            raw: socket.socket = self._writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        raise ConnectionResetError


async def _read(reader: asyncio.StreamReader, connection: int) -> Asked:
    first = await reader.readexactly(1)
    if not first.isalpha():
        raise ConnectionError("not HTTP")
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(request.split(" ")[1], headers, body, connection)
