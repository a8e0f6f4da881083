"""The listener inside llama.cpp: nobody reaches it, and whoever did would get nothing without its key."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import xllamacpp

from zaffre.engine.local.listener import Listener, sealed_listener
from zaffre.engine.local.llama import Llama, Shape

ROUTES = [
    "/",
    "/index.html",
    "/health",
    "/v1/health",
    "/models",
    "/v1/models",
    "/api/tags",
    "/props",
    "/slots",
    "/slots/0",
    "/metrics",
    "/lora-adapters",
    "/completion",
    "/completions",
    "/v1/completions",
    "/chat/completions",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/infill",
    "/embedding",
    "/embeddings",
    "/v1/embeddings",
    "/rerank",
    "/v1/rerank",
    "/tokenize",
    "/detokenize",
    "/apply-template",
    "/v1/stream",
    "/tools",
    "/cors-proxy",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SHAPE = Shape(threads=1, parallel=1, context=256)


@pytest.fixture(scope="module")
def open_listener(smollm2_file: Path) -> Iterator[Listener]:
    """A llama.cpp caught in the moment before its socket is removed."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(smollm2_file)
    parameters.n_ctx, parameters.verbosity = 256, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    with sealed_listener(parameters) as listener:
        server = xllamacpp.Server(parameters)
        yield listener
        del server


def answer(listener: Listener, method: str, path: str, key: str = "") -> tuple[int, bytes]:
    """Status and body of one request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(listener.socket))
        connection.sendall(f"{head}{f'Authorization: Bearer {key}' if key else 'X-None: 1'}\r\n\r\n{{}}".encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
    status, body = re.fullmatch(rb"HTTP/1\.1 (\d+) .*?\r\n\r\n(.*)", received, re.DOTALL).groups()  # type: ignore[union-attr]
    return int(status), body


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("prefix", ["", "prefix"])
def test_no_route_tells_anything_without_the_key(open_listener: Listener, method: str, prefix: str) -> None:
    where = open_listener.prefix if prefix else ""
    for path in ROUTES:
        for key in ("", "x" * 64):
            status, body = answer(open_listener, method, where + path, key)
            # A browser's question beforehand is answered to anybody, with nothing in it.
            assert status in (401, 404) or (method == "OPTIONS" and not body), (method, where + path)


def test_with_the_key_it_answers_so_the_test_above_asks_the_right_thing(open_listener: Listener) -> None:
    key, prefix = open_listener.key, open_listener.prefix
    assert answer(open_listener, "GET", f"{prefix}/health", key)[0] == 200
    assert answer(open_listener, "GET", "/health", key)[0] == 404


def test_it_has_no_page_no_slots_and_no_metrics_even_with_the_key(open_listener: Listener) -> None:
    for path in ("/", "/index.html", "/slots", "/metrics"):
        status, _ = answer(open_listener, "GET", open_listener.prefix + path, open_listener.key)
        assert status in (404, 501), path


def test_keys_are_long_and_never_the_same() -> None:
    keys = set()
    for _ in range(3):
        with sealed_listener(xllamacpp.CommonParams()) as listener:
            keys.add(listener.key)
    assert len(keys) == 3
    assert all(len(key) == 64 for key in keys)


def test_its_folder_is_nobody_elses_and_is_gone_afterwards() -> None:
    with sealed_listener(xllamacpp.CommonParams()) as listener:
        assert listener.socket.parent.stat().st_mode & 0o777 == 0o700
    assert not listener.socket.parent.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_loaded_model_listens_on_no_port_and_on_no_path_that_exists(smollm2_file: Path) -> None:
    ports, before = listening_ports(), set(own_socket_paths())
    llama = Llama(smollm2_file, SHAPE)
    try:
        assert listening_ports() == ports
        paths = set(own_socket_paths()) - before
        assert {path.name for path in paths} == {"l.sock"}
        assert not any(path.exists() for path in paths)
    finally:
        llama.close()


def own_inodes() -> set[str]:
    """Inodes of the sockets that this process holds."""
    links = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if os.path.lexists(link)]
    return {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", str(link)))}


def listening_ports() -> set[str]:
    """Addresses, as the kernel writes them, of the TCP sockets on which this process listens."""
    rows = [
        row.split() for table in ("tcp", "tcp6") for row in Path(f"/proc/self/net/{table}").read_text().splitlines()
    ]
    return {row[1] for row in rows if row[3] == "0A" and row[9] in own_inodes()}


def own_socket_paths() -> list[Path]:
    """Paths to which this process's sockets were bound."""
    rows = [row.split() for row in Path("/proc/self/net/unix").read_text().splitlines()]
    return [Path(row[7]) for row in rows if len(row) > 7 and row[6] in own_inodes()]
