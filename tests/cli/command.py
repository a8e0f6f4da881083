"""The command as people run it: a process of its own, its output read as it comes."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

PATIENCE = 60.0
"""Seconds for whatever is awaited here; only a failing test waits so long."""
RAMBLING = 300.0
"""Seconds for an unbounded answer of the default model: one in a hundred goes on to the end of its context."""

# What goes wrong when objects are dropped is told on stderr, where every test looks for it.
WARNINGS = ["-W", "always::ResourceWarning", "-W", "always::RuntimeWarning"]
PYTHON = [sys.executable, *WARNINGS]
NOISE = re.compile(r"Traceback|Warning:|was destroyed|never awaited|never retrieved|Exception ignored|Fatal")

KEY = "a-key-for-tests-only-0123456789abcdef"

CONFIG = """\
keys: [env:ZAFFRE_KEY]
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo: {model: scripted-chat, connection: script}
  embed: {model: scripted-embed, connection: script, modality: text_embeddings, dimensions: 4}
"""
RULES = f"""\
rules:
  - when: {{text: "^slow$"}}
    reply: {{text: "one two three four five six seven eight nine ten", delay_ms: 100}}
  - when: {{text: "^endless$"}}
    reply: {{text: "{"again " * 9999}", delay_ms: 100}}
  - when: {{text: "^cut$"}}
    reply: {{text: "one two three", cut_after: 2}}
  - reply: {{text: "You said: {{text}}"}}
"""


def environment(**more: str) -> dict[str, str]:
    """This process's environment and `more`; a test that forgets to name its data folder has none."""
    return {**os.environ, "XDG_DATA_HOME": "/dev/null", **more}


def zaffre(
    *arguments: str | Path, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """One run of `python -m zaffre` to its end."""
    command = [*PYTHON, "-m", "zaffre", *map(str, arguments)]
    # The key of the usual configuration, unless the test says otherwise.
    variables = environment(ZAFFRE_KEY=KEY) if env is None else env
    done = subprocess.run(
        command, input=stdin, env=variables, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert not NOISE.search(done.stderr), done.stderr
    return done


def answered(
    command: list[str], stdin: str = "", env: Mapping[str, str] | None = None, said: Callable[[str], str] = str
) -> subprocess.CompletedProcess[str]:
    """One run, to its good end, of a program that prints an answer of the default model; `said` finds that in there.

    One answer in a hundred says what the content filter stops, and then nothing is said: that one is asked for again.
    """
    for _ in range(3):
        done = subprocess.run(
            command, input=stdin, env=env, capture_output=True, text=True, timeout=RAMBLING, check=False
        )
        assert (done.returncode, "Error" in done.stderr) == (0, False), done.stderr
        if said(done.stdout).strip():
            return done
    raise AssertionError("nothing was said three times")


def written(folder: Path, config: str = CONFIG, rules: str = RULES) -> Path:
    """A configuration and its rules, as files; the configuration's path."""
    (folder / "rules.yaml").write_text(rules)
    (folder / "zaffre.yaml").write_text(config)
    return folder / "zaffre.yaml"


class Output:
    """What a process has written to one of its streams so far."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._news = threading.Condition()
        self._over = False
        self.text = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:
            with self._news:
                self.text += line
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def until(self, pattern: str, start: int = 0) -> re.Match[str]:
        """The first match after `start`, as soon as it is there. Raises AssertionError when it never will be."""
        compiled = re.compile(pattern, re.MULTILINE)
        with self._news:
            found = self._news.wait_for(lambda: compiled.search(self.text, start) or self._over, PATIENCE)
        match = compiled.search(self.text, start)
        assert match, f"{'it ended' if found else 'it waits'} without {pattern!r}:\n{self.text}"
        return match

    def rest(self) -> str:
        """Everything, once the process has closed it."""
        self._thread.join(PATIENCE)
        return self.text


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.out = Output(process.stdout)
        self.err = Output(process.stderr)
        self.key = KEY
        self.killed = False

    def up(self) -> "Server":
        """Wait until it has said where it is and accepts requests there."""
        address = self._said(r"^  endpoint     (\S+)/models$")
        self.url = address[1]
        generated = re.search(r"^  key          (\S+)$", self.out.text, re.MULTILINE)
        self.key = generated[1] if generated else KEY
        return self

    def secure(self) -> tuple[str, Path]:
        """The https address beside http, and the authority to trust."""
        found = self._said(r"^https: (\S+) ca: (.+)$")
        return found[1], Path(found[2])

    def _said(self, pattern: str) -> re.Match[str]:
        try:
            return self.out.until(pattern)
        except AssertionError as missing:
            raise AssertionError(f"{missing}\n{self.err.text}") from None

    def connect(self) -> http.client.HTTPConnection:
        """A connection to its main address. Close it."""
        where = urlsplit(self.url)
        return http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON body of an answer."""
        return self._asked("GET", path, None)

    def post(self, path: str, body: object, key: str | None = None) -> tuple[int, Any]:
        """Status and JSON body of an answer."""
        return self._asked("POST", path, body, key)

    def chat(self, text: str, model: str = "demo", key: str | None = None) -> tuple[int, Any]:
        """A whole answer's status and text, or the status and body of a refusal."""
        status, body = self.post("/models/chat/completions", asking(text, model), key)
        return status, body["choices"][0]["message"]["content"] if status == 200 else body

    def _asked(self, method: str, path: str, body: object, key: str | None = None) -> tuple[int, Any]:
        connection = self.connect()
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, self.headers(key))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def headers(self, key: str | None = None) -> dict[str, str]:
        return {"api-key": key or self.key, "content-type": "application/json"}

    @contextmanager
    def stream(self, text: str, model: str = "demo") -> Iterator[http.client.HTTPResponse]:
        """A streamed answer that has begun."""
        connection = self.connect()
        try:
            body = json.dumps(asking(text, model, stream=True))
            connection.request("POST", "/models/chat/completions", body, self.headers())
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.peek().startswith(b"data: ")
            yield answer
        finally:
            connection.close()

    def reloaded(self) -> None:
        """Let it read its configuration again, and wait until it has."""
        seen = len(self.err.text)
        self.process.send_signal(signal.SIGHUP)
        self.err.until(r"zaffre\.yaml: (reloaded|not reloaded)", seen)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a crash does: it learns nothing of it."""
        self.killed = True
        self.stop(signal.SIGKILL)


def asking(text: str, model: str, **more: object) -> dict[str, object]:
    """The body of a chat. A small model may ramble, so its answer is bounded."""
    return {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 200, **more}


@contextmanager
def serving(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    port: int = 0,
    python: str | Path = sys.executable,
) -> Iterator[Server]:
    """A server that is up, and stopped at the end. What it leaves on stderr must be fit to read."""
    command = [str(python), *WARNINGS, "-m", "zaffre", "serve", "--port", str(port), *map(str, arguments)]
    variables = environment(ZAFFRE_KEY=KEY) if env is None else env
    with subprocess.Popen(
        command, env=variables, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        server = Server(process)
        try:
            yield server.up()
        except BaseException:
            process.kill()
            raise
        if process.poll() is None:
            server.stop()
        errors = server.err.rest()
    assert process.returncode == (-signal.SIGKILL if server.killed else 0), errors
    assert not NOISE.search(errors), errors
    assert server.key not in errors
