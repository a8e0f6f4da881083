"""What is measured: the mock by itself, and gateways in front of it."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.native import CannotRun, program
from bench.processes import start, stop, wait_for

UPSTREAM_KEY = "bench-upstream-key"
CALLER_KEY = "sk-bench-caller-key-0123456789abcdef0123456789abcdef"
SLOWEST_START = 90.0
"""Seconds after which a gateway that is not ready is given up."""


@dataclass(frozen=True)
class Api:
    """How a target is asked, and with what."""

    chat: str = "/v1/chat/completions"
    embeddings: str = "/v1/embeddings"
    headers: Mapping[str, str] = field(default_factory=lambda: {"authorization": f"Bearer {CALLER_KEY}"})
    asks_for_usage: bool = True
    """Whether a streaming caller must ask for usage to be sent it."""
    merges_events: bool = False
    """Whether it may put the content of several events of a stream into one."""
    loads: frozenset[str] | None = None
    """The names of the workloads that it is measured with; None: all."""

    def runs(self, workload: str) -> bool:
        """Whether it is measured with this workload."""
        return self.loads is None or workload in self.loads


@dataclass(frozen=True)
class Target:
    """Where requests go, and which process answers them."""

    name: str
    port: int
    pid: int | None
    """The process whose cost is measured; None for the mock by itself."""
    api: Api = Api()
    started: float = 0.0
    """Seconds from its start until it was ready."""


@dataclass(frozen=True)
class MockStats:
    """The mock's counters; GET requests are not counted."""

    open: int
    connections: int
    requests: int
    streams: int
    cut: int
    """Connections that were closed before their answer was complete."""
    last_cut_ns: int
    """When that last happened, on the monotonic clock."""
    sent_bytes: int


@dataclass(frozen=True)
class Mock:
    """The running mock model server."""

    port: int

    def stats(self) -> MockStats:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=5) as answer:
            return MockStats(**json.load(answer))


@contextmanager
def mock(core: int | None) -> Iterator[Mock]:
    """Start the mock; it chooses its port and prints it."""
    process = start([str(program("mock"))], core, environment={}, output=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield Mock(int(process.stdout.readline()))
    finally:
        stop(process)


def direct(upstream: Mock) -> Target:
    """The mock without a gateway: what the harness itself can do."""
    return Target("mock", upstream.port, None)


@dataclass(frozen=True)
class Place:
    """What a gateway is told when it starts."""

    upstream: int
    """The mock's port."""
    port: int
    """Where it is to listen."""
    folder: Path
    """Of its own, for its configuration and what else it writes."""


@dataclass(frozen=True)
class Gateway:
    """How one is started, and how it is asked."""

    name: str
    command: Callable[[Place], list[str]]
    """Writes the configuration and says what to run."""
    ready: str
    """The path that answers 200 when it is ready."""
    versions: Mapping[str, str]
    """Its own, and those of the libraries that carry its requests."""
    api: Api = Api()
    remark: str = ""
    """What a reader of its figures must know."""
    environment: Callable[[Place], Mapping[str, str]] = lambda _: {}

    @contextmanager
    def running(self, upstream: Mock, core: int | None, folder: Path) -> Iterator[Target]:
        """Start it, wait until it is ready, and stop it afterwards.

        Raises:
            CannotRun: it ended, or was not ready in time; the message has the end of what it printed.
        """
        own = folder / self.name.replace(" ", "-").replace(",", "")
        own.mkdir(exist_ok=True)
        place = Place(upstream.port, free_port(), own)
        argv, environment = self.command(place), self.environment(place)
        log = own / "log"
        with log.open("wb") as output:
            began = time.monotonic()
            try:
                process = start(argv, core, environment=environment, output=output)
            except FileNotFoundError as missing:
                raise CannotRun(f"{argv[0]} is not installed") from missing
            try:
                self._wait(process, place.port, log)
                started = time.monotonic() - began
                yield Target(self.name, place.port, process.pid, self.api, started)
            finally:
                stop(process)

    def _wait(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        try:
            wait_for(self.name, lambda: process.poll() is not None or _answers(port, self.ready), SLOWEST_START)
        except TimeoutError as late:
            raise CannotRun(f"{late}:\n{log.read_text()[-2000:]}") from late
        if process.poll() is not None:
            raise CannotRun(f"{self.name} ended with {process.returncode}:\n{log.read_text()[-2000:]}")


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
