"""What a request costs does not depend on how many deployments there are, nor an event on how long its stream is.

Counted in calls of functions, Python's and C's, which nothing else on a machine changes.
"""

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.app.configured import application, chat
from zaffre.app import Application
from zaffre.net.http import Request

PATH = "/models/chat/completions"
CONFIG = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo: {model: scripted-chat, connection: script, rpm: 600000, tpm: 60000000}
"""


async def ask(served: Application, body: dict[str, Any]) -> None:
    headers = {b"content-type": b"application/json", b"host": b"127.0.0.1:8080"}
    response = await served.handle(Request("POST", PATH, "", headers, json.dumps(body).encode()))
    assert response.status == 200
    if not isinstance(response.body, bytes):
        async for _ in response.body:
            pass


async def calls(work: Callable[[], Awaitable[None]]) -> int:
    """How many functions are called. What has to be made once is made before."""
    for _ in range(3):
        await work()
    counted = 0

    def count(_frame: FrameType, event: str, _called: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        await work()
    finally:
        sys.setprofile(None)
    return counted


async def test_an_event_of_a_stream_costs_the_same_however_long_the_stream_is(tmp_path: Path) -> None:
    served = application(tmp_path, CONFIG)
    try:
        bodies = [{**chat("word " * words, "demo"), "stream": True} for words in (50, 150, 250)]
        short, long, longer = [await calls(lambda body=body: ask(served, body)) for body in bodies]  # type: ignore[misc]
    finally:
        await served.close()
    assert abs((longer - long) - (long - short)) <= (long - short) / 20


async def test_a_hundred_deployments_more_cost_a_request_nothing(tmp_path: Path) -> None:
    more = "".join(f"  d{number}: {{model: scripted-chat, connection: script}}\n" for number in range(100))
    totals = []
    for config in (CONFIG, CONFIG + more):
        served = application(tmp_path, config)
        try:
            totals.append(await calls(lambda served=served: ask(served, chat("Hi", "demo"))))  # type: ignore[misc]
        finally:
            await served.close()
    assert totals[0] == totals[1]
