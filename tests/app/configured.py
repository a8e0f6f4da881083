"""An application from a configuration's text, and requests to it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from zaffre.app import Application
from zaffre.app.loading import read
from zaffre.config.load import Loaded
from zaffre.config.schema import Config
from zaffre.net.client import Client
from zaffre.net.http import Request, Response

RULES = "rules: [{reply: {text: 'You said: {text}'}}]"


def config(folder: Path, text: str) -> Config:
    """The configuration of a text, with a rules file beside it."""
    return loaded(folder, text).config


def loaded(folder: Path, text: str) -> Loaded:
    """The same, with its lines."""
    (folder / "rules.yaml").write_text(RULES)
    (folder / "zaffre.yaml").write_text(text)
    return read(folder / "zaffre.yaml")


def application(folder: Path, text: str, data: Path | None = None, **more: Any) -> Application:
    """An application that nobody serves. Close it."""
    file = loaded(folder, text)
    return Application(file.config, data or folder / "data", Client(), outline=file.outline, **more)


@asynccontextmanager
async def resumed(folder: Path, text: str, **more: Any) -> AsyncGenerator[Application]:
    """The same, with what is stored in force, for the time of a `with` block."""
    made = application(folder, text, **more)
    await made.resume()
    try:
        yield made
    finally:
        await made.close()


def asked(path: str, body: object = None) -> Request:
    """A request: POST where there is a body."""
    headers = {b"content-type": b"application/json"}
    if body is None:
        return Request("GET", path, "", headers)
    return Request("POST", path, "", headers, json.dumps(body).encode())


async def answer(application: Application, path: str, body: object = None) -> tuple[int, Any]:
    """Status and JSON body."""
    response: Response = await application.handle(asked(path, body))
    assert isinstance(response.body, bytes)
    return response.status, json.loads(response.body)


def chat(text: str, model: str, **more: object) -> dict[str, object]:
    """The body of a chat."""
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}
