"""Weights of a Hugging Face repository, from a hub of our own on this machine."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

WEIGHTS = b"GGUF and so on"
SUM = hashlib.sha256(WEIGHTS).hexdigest()
COMMIT = "c" * 40
SCRIPT = """
import sys
{before}
from pathlib import Path
from zaffre.engine.weights.prepare import Wanted, prepare
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import parse_source
print(prepare(Wanted(parse_source({source!r}), {sha256!r}), Path({folder!r}), Progress()))
"""


class Hub(BaseHTTPRequestHandler):
    """Has one file, `owner/repo` `q4/tiny.gguf`."""

    asked: ClassVar[list[str]] = []
    """Requests for files."""

    def do_HEAD(self) -> None:
        if "/resolve/" in self.path:
            self.asked.append(f"{self.command} {self.path}")
        found = self.path.startswith("/owner/repo/resolve/") and self.path.endswith("/q4/tiny.gguf")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(WEIGHTS) if found else 0))
        if found:
            self.send_header("ETag", f'"{SUM}"')
            self.send_header("X-Repo-Commit", COMMIT)
        else:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        if found and self.command == "GET":
            self.wfile.write(WEIGHTS)

    do_GET = do_HEAD

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Hub]]:
    pytest.importorskip("huggingface_hub")
    handler = type("FreshHub", (Hub,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield handler
        server.shutdown()


def fetch(folder: Path, source: str, sha256: str | None = None, before: str = "") -> "subprocess.CompletedProcess[str]":
    """In a process of its own, since that library reads the environment once."""
    script = SCRIPT.format(before=before, source=source, sha256=sha256, folder=str(folder))
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ)


def test_a_file_is_fetched_once_and_kept_in_the_hubs_own_cache(hub: type[Hub], tmp_path: Path) -> None:
    first = fetch(tmp_path, "hf:owner/repo/q4/tiny.gguf", SUM)
    path = Path(first.stdout.strip())
    assert path.read_bytes() == WEIGHTS
    assert path.is_relative_to(tmp_path / "hf")
    assert fetch(tmp_path, "hf:owner/repo/q4/tiny.gguf", SUM).stdout == first.stdout
    assert len([asked for asked in hub.asked if asked.startswith("GET")]) == 1


def test_a_revision_is_asked_for(hub: type[Hub], tmp_path: Path) -> None:
    fetch(tmp_path, "hf:owner/repo@v2/q4/tiny.gguf")
    assert hub.asked[0] == "HEAD /owner/repo/resolve/v2/q4/tiny.gguf"


def test_a_file_that_is_not_there_is_an_error_that_names_it(hub: type[Hub], tmp_path: Path) -> None:
    assert "hf:owner/repo/none.gguf could not be fetched" in fetch(tmp_path, "hf:owner/repo/none.gguf").stderr


def test_a_sum_that_does_not_fit_is_refused(hub: type[Hub], tmp_path: Path) -> None:
    assert f"the sha256 is {SUM}, expected 0000" in fetch(tmp_path, "hf:owner/repo/q4/tiny.gguf", "0" * 64).stderr


def test_without_the_extra_the_error_says_which_one_to_install(tmp_path: Path) -> None:
    missing = "sys.modules['huggingface_hub'] = None"
    failed = fetch(tmp_path, "hf:owner/repo/q4/tiny.gguf", before=missing)
    assert "hf: sources need the extra `hub`: pip install 'zaffre[hub]'" in failed.stderr
