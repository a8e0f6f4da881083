"""`zaffre serve` with the upstream of these tests behind it, started once."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from msgspec import Struct

from tests.e2e_upstream.caller import Caller, Opened, Reply
from tests.e2e_upstream.reader import Stream, read
from tests.e2e_upstream.upstream import PATIENCE, Scene, Upstream

KEY = "the-key-of-our-callers-0123456789abcdef"
UPSTREAM_KEY = "sk-what-only-the-upstream-knows"
MODEL = "mistral-large-2411"
NAMELESS = "a." * 130 + "example"
"""A host that no resolver is ever asked for: longer than names may be."""

CONFIG = """
keys: ["{key}"]
connections:
  vllm:     {{provider: openai, base_url: "http://127.0.0.1:{port}/v1", credential: "env:VLLM_KEY"}}
  narrow:   {{provider: openai, base_url: "http://127.0.0.1:{port}/v1", max_connections: 2}}
  queued:   {{provider: openai, base_url: "http://127.0.0.1:{port}/v1", max_connections: 1, queue: 1}}
  kept:     {{provider: openai, base_url: "http://127.0.0.1:{port}/v1"}}
  stale:    {{provider: openai, base_url: "http://127.0.0.1:{port}/v1"}}
  hasty:    {{provider: openai, base_url: "http://127.0.0.1:{port}/v1",
              timeouts: {{connect: 5, first_byte: 0.2, idle: 0.2}}}}
  absent:   {{provider: openai, base_url: "http://127.0.0.1:{closed}/v1"}}
  nameless: {{provider: openai, base_url: "http://{nameless}/v1"}}
  tls:      {{provider: openai, base_url: "https://127.0.0.1:{port}/v1"}}
  inference: {{provider: azure-ai-inference, base_url: "http://127.0.0.1:{port}/models", credential: "env:VLLM_KEY"}}
deployments:
  Mistral-large: {{model: {model}, version: "1", connection: vllm, upstream_model: mistral-large-latest,
                  content_filter: off}}
  embedder: {{model: embedder, connection: vllm, modality: text_embeddings, content_filter: off}}
  narrow:   {{model: {model}, connection: narrow, content_filter: off}}
  queued:   {{model: {model}, connection: queued, content_filter: off}}
  kept:     {{model: {model}, connection: kept, content_filter: off}}
  stale:    {{model: {model}, connection: stale, content_filter: off}}
  hasty:    {{model: {model}, connection: hasty, content_filter: off}}
  absent:   {{model: {model}, connection: absent, content_filter: off}}
  nameless: {{model: {model}, connection: nameless, content_filter: off}}
  tls:      {{model: {model}, connection: tls, content_filter: off}}
  inference: {{model: {model}, connection: inference, content_filter: off}}
"""


class Gateway(Struct):
    """The server in the middle."""

    url: str
    log_file: Path

    @property
    def caller(self) -> Caller:
        return Caller(self.url, KEY)

    @property
    def log(self) -> str:
        """All it has logged so far."""
        return self.log_file.read_text()

    def chat(self, scene: Scene, deployment: str = "Mistral-large", **fields: object) -> Reply:
        """The answer to a chat that the upstream answers with the scene."""
        body = {"model": deployment, "messages": [{"role": "user", "content": scene.word}], **fields}
        return self.caller.post("/models/chat/completions", body)

    def open(self, scene: Scene, deployment: str = "Mistral-large", *, stream: bool = True) -> Opened:
        """A chat that is on its way."""
        messages = [{"role": "user", "content": scene.word}]
        return self.caller.opened(
            "/models/chat/completions", {"model": deployment, "messages": messages, "stream": stream}
        )

    def stream(self, scene: Scene, deployment: str = "Mistral-large", **fields: object) -> Stream:
        """A streamed chat that has to succeed, and to keep every rule of a stream."""
        reply = self.chat(scene, deployment, stream=True, **fields)
        assert reply.status == 200, reply.body
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert reply.whole
        return read(reply.body, MODEL, usage_asked="stream_options" in fields)


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture(scope="session")
def gateway(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The server, started as its users start it. No test may make it log a traceback or the upstream's key."""
    folder = tmp_path_factory.mktemp("gateway")
    log = folder / "stderr.txt"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listens
        config = folder / "zaffre.yaml"
        names = {"key": KEY, "port": upstream.port, "closed": closed.getsockname()[1]}
        config.write_text(CONFIG.format(**names, model=MODEL, nameless=NAMELESS))
        with log.open("w") as errors, _started(config, errors) as process:
            try:
                yield Gateway(_address(process, log), log)
            finally:
                process.terminate()
                status = process.wait(PATIENCE)
    said = log.read_text()
    assert status == 0, said
    assert "Traceback" not in said, said
    assert UPSTREAM_KEY not in said


def _started(config: Path, errors: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "zaffre", "serve", "--config", str(config), "--port", "0"]
    command += ["--data", str(config.parent / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment["VLLM_KEY"] = UPSTREAM_KEY
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors)  # type: ignore[call-overload]


def _address(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://[^/\s]+:\d+", line):
            Thread(target=process.stdout.read, daemon=True).start()
            return found[0]
    raise AssertionError(log.read_text())
