"""The small client programs of this folder, each run as its users would run it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.sdk.server import Server

PATIENCE = 120
"""Seconds for one program."""


def said(command: Sequence[str | Path], server: Server) -> dict[str, str]:
    """Run a program against the server: what it printed, as `name: value` lines."""
    done = subprocess.run(
        [str(part) for part in command],
        env=server.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (line.partition(": ") for line in done.stdout.splitlines())
    return {name: value for name, colon, value in lines if colon}
