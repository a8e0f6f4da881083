"""A zaffre server in a process of its own, in both of the ways that carry requests: our lane, and any ASGI server."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

KEY = "the-key-that-opens-these-doors-0123456789"
PATIENCE = 30.0
"""Seconds for whatever is awaited here; only a failing test waits so long."""

CONFIG = """
keys: ["env:ZAFFRE_KEY"]
connections:
  script: {provider: scripted, rules: rules.yaml}
server: {max_body: 2MB}
deployments:
  able:  {model: scripted-able, connection: script}
  demo:  {model: scripted-demo, connection: script, unsupported: [response_format, seed, stop, stream_options, tools]}
  embed: {model: scripted-embed, connection: script, modality: text_embeddings, unsupported: [input_type]}
  image: {model: scripted-image, connection: script, modality: image_embeddings}
"""
RULES = """
rules:
  - when: {text: "^endless$"}
    reply: {text: "on and on and on and on and on and on and on and on", delay_ms: 60000}
  - when: {text: "^forbidden$"}
    reply: {content_filter: prompt}
  - when: {tools: true}
    reply: {tool_calls: auto}
  - when: {response_format: json}
    reply: {json: auto}
  - reply: {text: "You said: {text}"}
"""
LANE = ("-m", "zaffre", "serve", "--port", "0", "--config")
ASGI = ("-m", "tests.e2e.asgi_server")
QUIET = re.compile(r"Traceback|Error|Exception|never awaited|never retrieved|was destroyed")


class Server(Struct, frozen=True):
    """Where it listens, and what it has written."""

    host: str
    port: int
    pid: int
    log_file: Path

    @property
    def log(self) -> str:
        """Everything on its stderr so far."""
        return self.log_file.read_text(errors="replace")


@contextmanager
def running(command: tuple[str, ...], folder: Path) -> Iterator[Server]:
    """The server of these tests. It has to stop when told to, and never to complain nor to show its key."""
    (folder / "zaffre.yaml").write_text(CONFIG)
    (folder / "rules.yaml").write_text(RULES)
    log_file = folder / "stderr.txt"
    environment = {**os.environ, "ZAFFRE_KEY": KEY, "XDG_DATA_HOME": str(folder)}
    started = [sys.executable, *command, str(folder / "zaffre.yaml")]
    with (
        log_file.open("w") as errors,
        subprocess.Popen(started, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            yield _listening(process, log_file)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)
    log = log_file.read_text(errors="replace")
    # uvicorn dies of the signal in the end, our command does not.
    assert process.returncode in (0, -signal.SIGTERM), log
    assert not QUIET.search(log), log
    assert KEY not in log


def _listening(process: "subprocess.Popen[str]", log_file: Path) -> Server:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://([\d.]+):(\d+)", line):
            return Server(found[1], int(found[2]), process.pid, log_file)
    raise AssertionError(log_file.read_text())
