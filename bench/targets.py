"""What is measured: the mock by itself, nginx and zaffre in front of it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from bench.native import CannotRun, program
from bench.processes import start, stop, wait_for

UPSTREAM_KEY = "bench-upstream-key"
CALLER_KEY = "bench-caller-key-0123456789abcdef0123456789abcdef"

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 128k;
  keepalive_requests 100000000;
  upstream model {{
    server 127.0.0.1:{upstream};
    keepalive 512;
    keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""

GOVERNED = 'version: "1", content_filter: "off", rpm: 100000000, tpm: 1000000000'
"""Limits that are kept and never reached. No content filter: its cost is its classifier's."""

ZAFFRE = """
keys: ["env:BENCH_CALLER_KEY"]
connections:
  mock: {{provider: openai, base_url: "http://127.0.0.1:{upstream}/v1", credential: "env:BENCH_UPSTREAM_KEY"}}
deployments:
  mock:        {{model: mock-chat, connection: mock, upstream_model: mock, {governed}}}
  mock-paced:  {{model: mock-chat, connection: mock, upstream_model: mock-paced, {governed}}}
  mock-slow:   {{model: mock-chat, connection: mock, upstream_model: mock-slow, {governed}}}
  mock-silent: {{model: mock-chat, connection: mock, upstream_model: mock-silent, {governed}}}
  mock-embed:  {{model: mock-embed, connection: mock, upstream_model: mock, model_type: embedding, {governed}}}
"""


@dataclass(frozen=True)
class Target:
    """Where requests go, and which process answers them."""

    name: str
    port: int
    pid: int | None
    """The process whose cost is measured; None for the mock by itself."""
    chat: str = "/v1/chat/completions"
    embeddings: str = "/v1/embeddings"
    headers: Mapping[str, str] = field(default_factory=lambda: {"authorization": f"Bearer {UPSTREAM_KEY}"})
    asks_for_usage: bool = True
    """Whether a streaming caller must ask for usage to be sent it."""
    version: str = ""
    started: float = 0.0
    """Seconds from its start until it was ready."""


@dataclass(frozen=True)
class MockStats:
    """The mock's counters; /stats requests themselves are not counted."""

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


def direct(upstream: int) -> Target:
    """The mock without a gateway: what the harness itself can do."""
    return Target("mock", upstream, None)


@contextmanager
def nginx(upstream: int, core: int | None, folder: Path) -> Iterator[Target]:
    """nginx as a plain reverse proxy: one worker, kept connections, nothing buffered or logged."""
    command = _nginx_command()
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""  # the workers must reach the folder of the one who measures
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, upstream=upstream, port=port, user=user))
    argv = [command, "-p", str(folder), "-c", str(config), "-e", "stderr"]
    version = subprocess.run([command, "-v"], capture_output=True, text=True, check=True).stderr
    with _running("nginx", argv, core, folder, lambda: _answers(port, "/stats"), {}) as (pid, started):
        yield Target("nginx", port, pid, started=started, version=version.strip().rpartition("/")[2])


@contextmanager
def zaffre(upstream: int, core: int | None, folder: Path) -> Iterator[Target]:
    """zaffre with a key check, deployments and a connection, as a user would configure it."""
    port = free_port()
    config = folder / "zaffre.yaml"
    config.write_text(ZAFFRE.format(upstream=upstream, governed=GOVERNED))
    command = Path(sys.executable).with_name("zaffre")
    argv = [str(command), "serve", "--config", str(config), "--port", str(port), "--data", str(folder / "data")]
    environment = {"BENCH_CALLER_KEY": CALLER_KEY, "BENCH_UPSTREAM_KEY": UPSTREAM_KEY}
    with _running("zaffre", argv, core, folder, lambda: _answers(port, "/health/ready"), environment) as (pid, started):
        yield Target(
            "zaffre",
            port,
            pid,
            chat="/models/chat/completions",
            embeddings="/models/embeddings",
            headers={"api-key": CALLER_KEY},
            asks_for_usage=False,
            version=metadata.version("zaffre"),
            started=started,
        )


@contextmanager
def _running(
    name: str,
    argv: list[str],
    core: int | None,
    folder: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str],
) -> Iterator[tuple[int, float]]:
    """Its process id, and the seconds until it was ready."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        began = time.monotonic()
        try:
            process = start(argv, core, environment=environment, output=output)
        except FileNotFoundError as missing:
            raise CannotRun(f"{argv[0]} is not installed") from missing
        try:
            wait_for(name, lambda: process.poll() is not None or ready(), 30)
            if process.poll() is not None:
                raise CannotRun(f"{name} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
            yield process.pid, time.monotonic() - began
        finally:
            stop(process)


def _nginx_command() -> str:
    if (found := _find_nginx()) is not None:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("nginx is missing: installing Debian's nginx-light", flush=True)
        for step in (["update"], ["install", "-y", "nginx-light"]):
            subprocess.run(["apt-get", "-qq", *step], stdout=subprocess.DEVNULL, check=False)
        if (found := _find_nginx()) is not None:
            return found
    raise CannotRun("nginx is needed to compare with: install it (Debian: apt-get install nginx-light)")


def _find_nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


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
