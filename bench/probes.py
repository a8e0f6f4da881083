"""What averages hide: the start, callers who leave, callers who do not read, and memory over many requests."""

import http.client
import json
import socket
import struct
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.load import run_load
from bench.processes import Cores, own_megabytes, pinned, pss_megabytes, wait_for
from bench.targets import Gateway, Mock, Target
from bench.workloads import WORKLOADS, Workload

GIVE_UP = 3.0
"""Seconds after which an upstream connection that is still open counts as never closed."""

PACED = next(workload for workload in WORKLOADS if workload.name == "paced")
SILENT = replace(PACED, model="mock-silent")
STARTS = 3
"""How often a gateway is started for the time that it takes."""
LOADED_SECONDS = 2.0
STALL_EVENTS = 210_000
"""That many events are 44 MB."""


@dataclass(frozen=True)
class Start:
    """A gateway that has the machine to itself."""

    seconds: float
    """From the start of its process until it said that it was ready."""
    idle: float
    """Megabytes (PSS) then."""
    loaded: float
    """Megabytes (PSS) at most under load."""
    complaint: str
    """What was wrong with answers under that load, for a person."""


@dataclass(frozen=True)
class Departures:
    """How long the upstream connection outlived its caller, in milliseconds."""

    count: int
    never: int
    """Of them, how many upstream connections were still open after GIVE_UP."""
    p50: float
    p99: float
    longest: float


@dataclass(frozen=True)
class Stall:
    """What a caller costs who asks for a long stream and does not read it."""

    grown: float
    """Megabytes of memory while the caller did not read, at most."""
    taken: float
    """Megabytes that the gateway took from the mock meanwhile, what the kernel's sockets hold included."""
    complete: bool
    """Whether the caller, once it read, got all of the stream."""


@dataclass(frozen=True)
class Soak:
    """Memory (megabytes) before and after many requests."""

    requests: int
    before: float
    after: float
    bad: int
    complaint: str


def start(gateway: Gateway, workload: Workload, mock: Mock, use: Cores, folder: Path) -> Start:
    """Start a gateway a few times while no other runs, and drive it with `workload` the last time."""
    seconds = []
    for _ in range(STARTS - 1):
        with gateway.running(mock, use.gateway, folder) as target:
            seconds.append(target.started)
    with gateway.running(mock, use.gateway, folder) as target, ThreadPoolExecutor(1) as background:
        assert target.pid is not None
        seconds.append(target.started)
        idle = pss_megabytes(target.pid)
        load = background.submit(run_load, workload, target, mock, use.load, folder, seconds=LOADED_SECONDS)
        loaded = _most(lambda: pss_megabytes(target.pid or 0), load.done)
        return Start(median(seconds), idle, loaded, load.result().complaint)


def _most(measured: Callable[[], float], ended: Callable[[], bool]) -> float:
    """The most that is measured, ten times a second, until it has ended."""
    most = measured()
    while not ended():
        most = max(most, measured())
        time.sleep(0.1)
    return most


def departures(target: Target, mock: Mock, core: int | None, count: int) -> Departures:
    """Leave `count` times, by turns: closing politely and by reset mid-stream, and before the first byte."""
    ways = [(PACED, False), (PACED, True), (SILENT, False)]
    with pinned(core):
        delays = [_leave(target, mock, *ways[turn % len(ways)]) for turn in range(count)]
    seen = sorted(delay for delay in delays if delay is not None) or [0.0]
    never = delays.count(None)
    return Departures(count, never, median(seen), seen[int(len(seen) * 0.99)], seen[-1])


def _leave(target: Target, mock: Mock, workload: Workload, reset: bool) -> float | None:
    before = mock.stats()
    connection = _ask(target, workload, workload.body(target))
    try:
        if workload is SILENT:
            wait_for("request at the mock", lambda: mock.stats().requests > before.requests, GIVE_UP, 0.001)
        else:
            _read_first_event(connection)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        left = time.monotonic_ns()
    finally:
        connection.close()
    try:
        wait_for("cut", lambda: mock.stats().cut > before.cut, GIVE_UP, 0.001)
    except TimeoutError:
        return None
    return max(0.0, (mock.stats().last_cut_ns - left) / 1e6)


def _read_first_event(connection: socket.socket) -> None:
    received = b""
    while b'"content":"t=' not in received:
        received += _some(connection)


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the gateway closed a stream early")
    return data


def _ask(target: Target, workload: Workload, body: bytes) -> socket.socket:
    lines = [
        f"POST {workload.path(target)} HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in target.api.headers.items()),
    ]
    connection = socket.create_connection(("127.0.0.1", target.port), timeout=10)
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return connection


def stall(target: Target, mock: Mock, core: int | None) -> Stall:
    """Ask for 44 MB, do not read until nothing moves any more, then read it all."""
    assert target.pid is not None
    with pinned(core):
        memory, sent = own_megabytes(target.pid), mock.stats().sent_bytes
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        try:
            body = json.loads(replace(PACED, model="mock").body(target)) | {"max_tokens": STALL_EVENTS}
            connection.request(
                "POST",
                PACED.path(target),
                json.dumps(body, separators=(",", ":")),
                {"content-type": "application/json", **target.api.headers},
            )
            most = _most_memory_until_still(target.pid, mock)
            taken = (mock.stats().sent_bytes - sent) / 1e6
            stream = connection.getresponse().read()
        finally:
            connection.close()
    complete = stream.count(b'"content":"t=') == STALL_EVENTS and stream.endswith(b"data: [DONE]\n\n")
    return Stall(max(0.0, most - memory), taken, complete)


def _most_memory_until_still(pid: int, mock: Mock) -> float:
    """The most memory seen until the mock has sent nothing for a second (10 seconds at most)."""
    most, last, still = 0.0, -1, 0
    for _ in range(100):
        time.sleep(0.1)
        most = max(most, own_megabytes(pid))
        sent = mock.stats().sent_bytes
        still = still + 1 if sent == last else 0
        last = sent
        if still == 10:
            break
    return most


def soak(target: Target, mock: Mock, core: int | None, folder: Path, requests: int, sizes: dict[str, int]) -> Soak:
    """Send many requests, nine chats to one stream; memory is read after the first twentieth has warmed it up."""
    assert target.pid is not None
    mix: Sequence[tuple[str, int]] = (("chat", requests * 9 // 10), ("stream", requests // 10))
    before, bad, complaints = 0.0, 0, []
    for part in (20, 1):
        for name, count in mix:
            workload = next(workload for workload in WORKLOADS if workload.name == name)
            sample = run_load(
                workload, target, mock, core, folder, requests=max(1, count // part), size=sizes.get(name)
            )
            bad += sample.bad
            complaints += [sample.complaint] if sample.complaint else []
        if part == 20:
            before = own_megabytes(target.pid)
    return Soak(requests, before, own_megabytes(target.pid), bad, "; ".join(complaints))
