"""`docs/openai-api.md` is true: its tables say what the code does, and its programs run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.servers import KEY, PATIENCE, Server
from zaffre.api.openai.addresses import find

PAGE = (Path(__file__).parents[2] / "docs" / "openai-api.md").read_text()
ROUTES = re.findall(r"^\| (`/[^|]+`) \| ([A-Z, ]+) \|", PAGE, re.MULTILINE)


def test_every_route_is_served_with_its_methods() -> None:
    for paths, methods in ROUTES:
        for path in re.findall(r"`/([^`]+)`", paths):
            place = find(["openai", "v1", *path.split("/")], False)
            assert place is not None, path
            assert set(place.methods) == set(methods.split(", ")), path


@pytest.mark.parametrize("program", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_programs_run_as_they_are_printed(server: Server, program: str) -> None:
    where = f"ENDPOINT, KEY = 'http://{server.host}:{server.port}', {KEY!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", where + program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
