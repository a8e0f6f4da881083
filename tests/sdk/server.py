"""One zaffre server as its users start it: the command, a process of its own, free ports."""

import os
import re
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Self

FILES = Path(__file__).parent / "server_files"
KEY = "a-key-for-tests-only-0123456789abcdef"
PATIENCE = 60
"""Seconds for the server to start, and to stop."""


@dataclass(frozen=True)
class Server:
    """Where the server listens."""

    http: str
    """`http://127.0.0.1:PORT`"""
    https: str
    """`https://127.0.0.1:PORT`"""
    authority: Path
    """The certificate authority that a client of the https address must trust."""
    key: str = KEY
    pid: int | None = None
    """Of a server that this process started."""

    @classmethod
    def of_environment(cls) -> Self:
        """The server that a client program is told of."""
        said = os.environ
        return cls(
            said["ZAFFRE_ENDPOINT"], said["ZAFFRE_TLS_ENDPOINT"], Path(said["SSL_CERT_FILE"]), said["ZAFFRE_KEY"]
        )

    @property
    def tls_port(self) -> int:
        """The port of the https address."""
        return int(self.https.rpartition(":")[2])

    def environment(self) -> dict[str, str]:
        """The environment of a client program in a process of its own."""
        authority = str(self.authority)
        return {
            **os.environ,
            "ZAFFRE_ENDPOINT": self.http,
            "ZAFFRE_TLS_ENDPOINT": self.https,
            "ZAFFRE_KEY": self.key,
            "SSL_CERT_FILE": authority,
            "REQUESTS_CA_BUNDLE": authority,
            "NODE_EXTRA_CA_CERTS": authority,
            # LiteLLM looks prices up on the web otherwise.
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            # Haystack reports otherwise that it is used.
            "HAYSTACK_TELEMETRY_ENABLED": "False",
        }


@contextmanager
def running(folder: Path, config: Path = FILES / "zaffre.yaml", key: str = KEY) -> Iterator[Server]:
    """A server with the scripted models of a configuration, its data and its log in the folder.

    Raises:
        AssertionError: it did not start, did not stop by SIGTERM with status 0, or logged a traceback.
    """
    log = folder / "stderr.txt"
    with log.open("w") as errors, _started(folder, config, key, errors) as process:
        try:
            server = _found(process, log, key)
            yield server
        finally:
            process.terminate()
            status = process.wait(PATIENCE)
    assert status == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


def _started(folder: Path, config: Path, key: str, errors: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "zaffre", "serve", "--config", str(config)]
    command += ["--port", "0", "--dev-tls", "--tls-port", "0", "--data", str(folder / "data")]
    environment = {**os.environ, "ZAFFRE_KEY": key}
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors)  # type: ignore[call-overload]


def _found(process: subprocess.Popen[str], log: Path, key: str) -> Server:
    """The server that the first lines of the banner describe, once it is ready."""
    assert process.stdout is not None
    http = tls = None
    for line in process.stdout:
        tls = tls or re.search(r"https: (https://\S+?)/? ca: (.+)", line)
        http = http or re.search(r"http://[^/\s]+:\d+", line)
        if http and tls:
            break
    assert http is not None, log.read_text()
    assert tls is not None, log.read_text()
    Thread(target=process.stdout.read, daemon=True).start()
    server = Server(http[0], tls[1], Path(tls[2].strip()), key, process.pid)
    trust = ssl.create_default_context(cafile=server.authority)
    for address in (server.http, server.https):
        with urllib.request.urlopen(f"{address}/health/ready", timeout=PATIENCE, context=trust) as answer:
            assert answer.status == 200
    return server
