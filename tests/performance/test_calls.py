"""The data path stays light: functions called for each request, which unlike time are the same on any machine.

`bench/` measures time, beside nginx. A budget that is exceeded says which functions are called most: see whether each
is needed, and raise the budget only where it is.
"""

import asyncio
import json
import sys
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
    answer: bytes
    """The upstream's."""
    budget: int
    """Functions of zaffre that one request calls; a coroutine that is resumed counts again."""


def _whole(body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(content),
        content,
    )


def _chunk(**more: Any) -> dict[str, Any]:
    return {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m", **more}


def _stream() -> bytes:
    deltas = [{"index": 0, "delta": {"content": f"word{number} " * 20}} for number in range(EVENTS)]
    chunks = [_chunk(choices=[delta]) for delta in deltas]
    chunks.append(_chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]))
    chunks.append(_chunk(choices=[], usage=USAGE))
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(body)
    return head + body


CHAT = {"model": "Chat", "messages": [{"role": "user", "content": "words " * 140}], "max_tokens": 100}
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
WAYS = {
    "chat": Way("/models/chat/completions", CHAT, _whole(COMPLETION), 150),
    "chat of OpenAI's API": Way("/openai/v1/chat/completions", CHAT, _whole(COMPLETION), 155),
    "stream": Way("/models/chat/completions", {**CHAT, "stream": True}, _stream(), 215),
    "embeddings": Way("/models/embeddings", EMBED, _whole(VECTORS), 145),
}


@pytest.mark.parametrize("name", WAYS)
async def test_a_request_calls_no_more_functions_than_its_budget_allows(tmp_path: Path, name: str) -> None:
    way = WAYS[name]
    with upstream(way.answer) as port:
        calls = await _calls(tmp_path, CONFIG.format(port=port), way)
    each = calls.total() / ROUNDS
    most = "\n".join(f"{number / ROUNDS:8.1f}  {_named(code)}" for code, number in calls.most_common(25))
    assert each <= way.budget, f"{name}: {each:.0f} calls, {way.budget} at most. Called most, for each request:\n{most}"
    assert each > way.budget * 0.8, f"{name}: {each:.0f} calls by now. Lower its budget of {way.budget}."


async def _calls(folder: Path, config: str, way: Way) -> Counter[CodeType]:
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
            await asyncio.to_thread(ask, at[0].port, request, ROUNDS)
            with _counted() as calls:
                await asyncio.to_thread(ask, at[0].port, request, ROUNDS)
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
