"""A plugin for the SDK's own tests, whose requests name stored objects that no server has: what they name in a body is
left out, and an address goes to a response that is stored for the test."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from openai import AsyncOpenAI, OpenAI

NAMING = frozenset({"conversation", "previous_response_id", "prompt"})
"""Fields of a response's body that name stored objects. The prompt of a text completion is a text."""
MADE_UP = re.compile(r"(?<=/responses/)(resp_677efb5139a88190b512bc3fef8e535d|response_id)\b")
QUESTION = {"model": "gpt-6-astra", "input": "Hello", "background": True, "stream": True}
"""In the background it can be cancelled, and as a stream it can be streamed again."""


def stored(client: OpenAI | AsyncOpenAI) -> str:
    """The id of a response that the server has stored."""
    headers = {"authorization": f"Bearer {client.api_key}", "content-type": "application/json"}
    request = urllib.request.Request(f"{client.base_url}responses", json.dumps(QUESTION).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        first = next(line for line in answer if line.startswith(b"data: "))
        answer.read()
    return json.loads(first.removeprefix(b"data: "))["response"]["id"]


def mended(client: OpenAI | AsyncOpenAI, options: Any) -> Any:
    """The request as it can be answered."""
    if options.url == "/responses" and isinstance(options.json_data, dict):
        options.json_data = {name: value for name, value in options.json_data.items() if name not in NAMING}
    if MADE_UP.search(options.url):
        options.url = MADE_UP.sub(stored(client), options.url)
    return options


@pytest.fixture(autouse=True)
def requests_name_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare: Callable[..., Any] = OpenAI._prepare_options
    prepare_async: Callable[..., Any] = AsyncOpenAI._prepare_options

    def prepared(client: OpenAI, options: Any) -> Any:
        return prepare(client, mended(client, options))

    async def prepared_async(client: AsyncOpenAI, options: Any) -> Any:
        return await prepare_async(client, mended(client, options))

    monkeypatch.setattr(OpenAI, "_prepare_options", prepared)
    monkeypatch.setattr(AsyncOpenAI, "_prepare_options", prepared_async)
