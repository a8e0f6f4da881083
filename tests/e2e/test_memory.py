"""Memory and sockets stay what they are, however many requests there were."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, cycle, islice
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from tests.e2e.servers import KEY, PATIENCE, QUIET, Server
from tests.net.serving import Connection, connected
from zaffre.net.server.listen import Address

REQUESTS = int(os.environ.get("ZAFFRE_E2E_REQUESTS", "4000"))
WARM_UP = 2000
"""Requests until pools, caches and the allocator's arenas have grown to their size."""
CALLERS = 16
GROWTH = 3 * 2**20
"""Bytes that the allocator may still ask for although nothing is kept."""
CHAT = "/models/chat/completions"


class Ask(Struct, frozen=True):
    """A request and its answer's status; without one the caller leaves when the answer has begun."""

    data: bytes
    status: int | None


def ask(status: int | None, path: str, body: object, key: str = KEY) -> Ask:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    length = 2**30 if status == 413 else len(content)
    fields = f"host: a\r\napi-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    return Ask(f"POST {path} HTTP/1.1\r\n{fields}".encode() + content, status)


def chat(**fields: object) -> dict[str, object]:
    return {"model": "able", "messages": [{"role": "user", "content": "a few words " * 30}], **fields}


MIX = [
    ask(200, CHAT, chat()),
    ask(200, CHAT, chat(stream=True)),
    ask(None, CHAT, chat(stream=True)),
    ask(200, "/deployments/able/v1/completions", {"prompt": "a few words", "stream": True}),
    ask(200, "/models/embeddings", {"model": "embed", "input": ["a"], "dimensions": 8}),
    ask(400, CHAT, chat(unknown=1)),
    ask(400, CHAT, b"{"),
    ask(401, CHAT, chat(), key="wrong"),
    ask(404, CHAT, {**chat(), "model": "nobody"}),
    ask(413, CHAT, b""),
    ask(422, CHAT, chat(temperature="hot", stop=7)),
    ask(422, CHAT, {**chat(seed=1), "model": "demo"}),
]


async def outcome(connection: Connection, sent: Ask) -> int | None:
    connection.send(sent.data)
    if sent.status is not None:
        return (await connection.answer()).status
    await connection.reader.readuntil(b"data: ")
    return None


async def call(address: Address, asks: Iterator[Ask], seen: "Counter[tuple[int | None, int | None]]") -> None:
    """Send what the callers share, on connections that are kept until they are refused or left."""
    for first in asks:
        async with connected(address) as connection:
            for each in chain([first], asks):
                seen[each.status, await outcome(connection, each)] += 1
                if each.status in (None, 413):
                    break


async def run(server: Server, requests: int) -> None:
    asks = islice(cycle(MIX), requests)
    seen: Counter[tuple[int | None, int | None]] = Counter()
    address = Address("http", server.host, server.port)
    await asyncio.gather(*(call(address, asks, seen) for _ in range(CALLERS)))
    assert seen.total() == requests
    assert all(wanted == came for wanted, came in seen), seen


def memory_of(server: Server) -> int:
    """Resident bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def open_files_of(server: Server) -> int:
    """All but those of the database, which is opened once and kept."""
    files = Path(f"/proc/{server.pid}/fd")
    named = [_name_of(files / number) for number in os.listdir(files)]
    return sum(bool(name) and "zaffre.db" not in name and "/runners/" not in name for name in named)


def _name_of(file: Path) -> str:
    """What an open file is, nothing where it was closed since it was listed."""
    try:
        return os.readlink(file)
    except FileNotFoundError:
        return ""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here to measure another process by")
async def test_neither_memory_nor_sockets_grow_with_requests(lane: Server) -> None:
    files = open_files_of(lane)
    await run(lane, WARM_UP)
    before = memory_of(lane)
    await run(lane, REQUESTS)
    grown = memory_of(lane) - before
    print(f"{REQUESTS} requests: {before / 2**20:.1f} MiB before, {grown / 2**20:+.2f} MiB")
    assert grown < GROWTH
    async with asyncio.timeout(PATIENCE):
        while open_files_of(lane) > files:  # noqa: ASYNC110 - nothing tells of another process's sockets
            await asyncio.sleep(0.01)
    assert not QUIET.search(lane.log), lane.log
