"""The data path stays light: functions called for each request, which unlike time are the same on any machine.

`bench/` measures time, beside nginx. A budget that is exceeded says which functions are called most: see whether each
is needed, and raise the budget only where it is.
"""

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import pytest

import zaffre
from tests.app.configured import loaded
from tests.performance.upstream import ask, upstream
from zaffre.app import Application
from zaffre.app.application import refuse
from zaffre.net.client import Client
from zaffre.net.server.asgi import asgi
from zaffre.net.server.lane import lane
from zaffre.net.server.listen import Listener, bind
from zaffre.net.server.serve import listening

KEY = "a-key-for-the-path"
OURS = str(Path(zaffre.__file__).parent)
ROUNDS = 50
EVENTS = 100
CONFIG = """
keys: ["a-key-for-the-path"]
connections:
  there: {{provider: openai, base_url: "http://127.0.0.1:{port}/v1", credential: "there"}}
deployments:
  Chat: {{model: some-chat, connection: there, content_filter: "off", rpm: 100000000, tpm: 1000000000}}
  Embed: {{model: some-embed, model_type: embedding, connection: there, content_filter: "off", rpm: 100000000}}
"""
USAGE = {"prompt_tokens": 200, "completion_tokens": 100, "total_tokens": 300}


class Way(NamedTuple):
    """A way through the server."""

    path: str
    asked: dict[str, Any]
    answer: tuple[bytes, ...]
    """The upstream's, in the pieces that arrive alone."""
    budget: int
    """Functions of zaffre that one request calls; a coroutine that is resumed counts again."""


def _whole(body: dict[str, Any]) -> tuple[bytes]:
    content = json.dumps(body).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return (head % len(content) + content,)


def _chunk(**more: Any) -> dict[str, Any]:
    return {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m", **more}


def _stream() -> tuple[bytes, ...]:
    deltas = [{"index": 0, "delta": {"content": f"word{number} " * 20}} for number in range(EVENTS)]
    events = [_event(_chunk(choices=[delta])) for delta in deltas]
    end = _event(_chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]))
    end += _event(_chunk(choices=[], usage=USAGE)) + b"data: [DONE]\n\n"
    length = sum(map(len, events)) + len(end)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % length
    return head + events[0], *events[1:], end


def _event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()


CHAT = {"model": "Chat", "messages": [{"role": "user", "content": "words " * 140}], "max_tokens": 100}
STREAM = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
EMBED = {"model": "Embed", "input": [f"text {number}" for number in range(64)]}
COMPLETION = {
    "id": "c-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "words " * 200}, "finish_reason": "stop"}],
    "usage": USAGE,
}
VECTORS = {
    "object": "list",
    "model": "m",
    "data": [{"index": index, "object": "embedding", "embedding": [0.125] * 256} for index in range(64)],
    "usage": {"prompt_tokens": 200, "total_tokens": 200},
}
ALONE = _stream()
AT_ONCE = (b"".join(ALONE),)
WAYS = {
    "chat": Way("/models/chat/completions", CHAT, _whole(COMPLETION), 150),
    "chat of OpenAI's API": Way("/openai/v1/chat/completions", CHAT, _whole(COMPLETION), 155),
    "stream": Way("/models/chat/completions", STREAM, AT_ONCE, 215),
    "stream of OpenAI's API": Way("/openai/v1/chat/completions", STREAM, AT_ONCE, 220),
    "stream of events that arrive alone": Way("/models/chat/completions", STREAM, ALONE, 2750),
    "embeddings": Way("/models/embeddings", EMBED, _whole(VECTORS), 145),
}


@pytest.mark.parametrize("name", WAYS)
async def test_a_request_calls_no_more_functions_than_its_budget_allows(tmp_path: Path, name: str) -> None:
    way = WAYS[name]
    turns = threading.Semaphore(0)
    with upstream(way.answer, turns) as port:
        calls = await _calls(tmp_path, CONFIG.format(port=port), way, turns)
    each = calls.total() / ROUNDS
    most = "\n".join(f"{number / ROUNDS:8.1f}  {_named(code)}" for code, number in calls.most_common(25))
    assert each <= way.budget, f"{name}: {each:.0f} calls, {way.budget} at most. Called most, for each request:\n{most}"
    assert each > way.budget * 0.8, f"{name}: {each:.0f} calls by now. Lower its budget of {way.budget}."


async def _calls(folder: Path, config: str, way: Way, turns: threading.Semaphore) -> Counter[CodeType]:
    """The functions that the server calls in some requests, after as many to warm up."""
    body = json.dumps(way.asked).encode()
    head = f"POST {way.path} HTTP/1.1\r\nhost: here\r\napi-key: {KEY}\r\ncontent-type: application/json\r\n"
    request = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
    application = Application(loaded(folder, config).config, folder / "data", Client())
    protocol = lane(application.handle, refuse=refuse, hand_over=lambda _: False)
    application.start()
    await application.resume()
    try:
        async with listening(
            [bind(Listener(port=0))], protocol=protocol, app=asgi(application.handle, refuse=refuse)
        ) as at:
            await asyncio.to_thread(ask, at[0].port, request, ROUNDS, turns)
            with _counted() as calls:
                await asyncio.to_thread(ask, at[0].port, request, ROUNDS, turns)
    finally:
        await application.close()
    return calls


@contextmanager
def _counted() -> Iterator[Counter[CodeType]]:
    """Counts the functions of zaffre that this thread calls."""
    calls: Counter[CodeType] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            calls[frame.f_code] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def _named(code: CodeType) -> str:
    return f"{code.co_name}  {Path(code.co_filename).name}:{code.co_firstlineno}"
