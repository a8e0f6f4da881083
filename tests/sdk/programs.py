"""The small client programs of this folder, each run as its users would run it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.sdk.server import Server

HERE = Path(__file__).parent
MILE = "There are 5,280 feet in a mile."
"""What every program is told first."""
TOLD = "The tool said: Sunny in Seattle"
"""What a program is told whose tool has spoken."""
PATIENCE = 120
"""Seconds for one program."""


def client(python: Path | str, name: str, server: Server) -> dict[str, str]:
    """What the program of that name in `clients/` printed, run by that Python."""
    return said([python, HERE / "clients" / f"{name}.py"], server)


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
