"""What one request may cost from bytes to bytes: calls of functions, which nothing else on a machine changes.

Timings are the bench's. A test that fails here says that somebody has made every request heavier: if that is worth it,
the budget is raised in the same commit.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.app.configured import application, chat
from zaffre.app import Application
from zaffre.net.http import Request

KEY = "a-key-for-tests-only-0123456789abcdef"
CONFIG = f"""\
keys: [{KEY}]
connections:
  script: {{provider: scripted, rules: rules.yaml}}
deployments:
  demo: {{model: scripted-chat, connection: script, rpm: 600000, tpm: 60000000}}
  embed: {{model: scripted-embed, connection: script, modality: text_embeddings, dimensions: 4}}
"""
CHAT = chat("How many feet are in a mile?", "demo", max_tokens=50, temperature=0.5)
EMBEDDINGS = {"model": "embed", "input": ["one", "two"]}

# Python 3.11 calls a function for each comprehension, later ones do not: these are its figures, with a tenth to spare.
BUDGET = {
    "/models/chat/completions": 242,
    "/openai/v1/chat/completions": 252,
    "/models/embeddings": 252,
}


async def ask(served: Application, path: str, body: dict[str, Any]) -> None:
    headers = {b"content-type": b"application/json", b"api-key": KEY.encode(), b"host": b"127.0.0.1:8080"}
    response = await served.handle(Request("POST", path, "", headers, json.dumps(body).encode()))
    assert response.status == 200
    if not isinstance(response.body, bytes):
        async for _ in response.body:
            pass


async def calls(work: Callable[[], Awaitable[None]]) -> Counter[str]:
    """How often each function is called, C's and Python's. What has to be made once is made before."""
    for _ in range(3):
        await work()
    counted: Counter[str] = Counter()

    def count(frame: FrameType, event: str, called: Any) -> None:
        if event == "call":
            counted[f"{frame.f_code.co_qualname} ({Path(frame.f_code.co_filename).name})"] += 1
        elif event == "c_call":
            counted[f"{getattr(called, '__qualname__', called)} (C)"] += 1

    sys.setprofile(count)
    try:
        await work()
    finally:
        sys.setprofile(None)
    return counted


def told(counted: Counter[str], budget: int) -> str:
    most = "\n".join(f"{number:5} {name}" for name, number in counted.most_common(15))
    return f"{counted.total()} calls, where {budget} are allowed. Most often:\n{most}"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/models/chat/completions", CHAT),
        ("/openai/v1/chat/completions", CHAT),
        ("/models/embeddings", EMBEDDINGS),
    ],
)
async def test_a_request_calls_no_more_functions_than_it_may(tmp_path: Path, path: str, body: dict[str, Any]) -> None:
    served = application(tmp_path, CONFIG)
    try:
        counted = await calls(lambda: ask(served, path, body))
    finally:
        await served.close()
    assert counted.total() <= BUDGET[path], told(counted, BUDGET[path])


async def test_an_event_of_a_stream_costs_the_same_however_long_the_stream_is(tmp_path: Path) -> None:
    served = application(tmp_path, CONFIG)

    async def streamed(words: int) -> int:
        body = {**chat("word " * words, "demo"), "stream": True}
        return (await calls(lambda: ask(served, "/models/chat/completions", body))).total()

    try:
        short, long, longer = [await streamed(words) for words in (50, 150, 250)]
    finally:
        await served.close()
    per_hundred = long - short
    assert abs((longer - long) - per_hundred) <= per_hundred / 20
    assert per_hundred <= 100 * 54


async def test_a_hundred_deployments_more_cost_a_request_nothing(tmp_path: Path) -> None:
    more = "".join(f"  d{number}: {{model: scripted-chat, connection: script}}\n" for number in range(100))
    totals = []
    for config in (CONFIG, CONFIG + more):
        served = application(tmp_path, config)
        try:
            counted = await calls(lambda served=served: ask(served, "/models/chat/completions", CHAT))  # type: ignore[misc]
        finally:
            await served.close()
        totals.append(counted.total())
    assert totals[0] == totals[1]


def test_the_count_notices_what_is_added() -> None:
    async def work(times: int) -> None:
        for _ in range(times):
            len(())

    few, many = (asyncio.run(calls(lambda times=times: work(times))).total() for times in (10, 60))  # type: ignore[misc]
    assert many - few == 50
