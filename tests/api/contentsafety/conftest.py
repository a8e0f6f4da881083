"""An application with a classifier of its own, and callers of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.configured import resumed
from tests.safety.words import Words
from zaffre.app import Application
from zaffre.net.http import Request, Response

KEY = "the-servers-own-key"
VERSION = "api-version=2024-09-01"
CONFIG = f"""\
keys: [{KEY}]
connections:
  script: {{provider: scripted, rules: rules.yaml}}
deployments:
  demo: {{model: scripted-chat, connection: script}}
"""


class Caller:
    """Somebody with a key."""

    def __init__(self, application: Application, key: str | None = KEY) -> None:
        self.application = application
        self.key = key

    async def ask(self, method: str, path: str, body: Any = None, *, query: str = VERSION, **headers: str) -> Response:
        fields = {b"host": b"safe.example", b"content-type": b"application/json"}
        fields |= {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        if self.key is not None:
            fields[b"ocp-apim-subscription-key"] = self.key.encode()
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        address, _, own = path.partition("?")
        return await self.application.handle(Request(method, address, own or query, fields, sent))

    async def told(self, method: str, path: str, body: Any = None, **how: Any) -> tuple[int, Any]:
        """Status and body."""
        response = await self.ask(method, path, body, **how)
        assert isinstance(response.body, bytes)
        return response.status, json.loads(response.body) if response.body else None


def refusal(response: Response) -> tuple[int, str]:
    """Status and code, which has to be the same in the header."""
    assert isinstance(response.body, bytes)
    code = json.loads(response.body)["error"]["code"]
    assert dict(response.headers)[b"x-ms-error-code"].decode() == code
    return response.status, code


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
async def application(tmp_path: Path, words: Words) -> AsyncIterator[Application]:
    async with resumed(tmp_path, CONFIG, classifier=words) as served:
        yield served


@pytest.fixture
def caller(application: Application) -> Caller:
    return Caller(application)
