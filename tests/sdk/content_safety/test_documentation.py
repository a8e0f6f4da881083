"""The pages about content safety are true: their tables say what the code does, and their programs run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import KEY, PATIENCE
from tests.config.written import Folder
from tests.sdk.content_safety.conftest import Served
from zaffre.api.contentsafety.addresses import find
from zaffre.api.openai.addresses import find as find_openai
from zaffre.safety.adapters import any_http, azure, llama_guard, moderation, shield_gemma
from zaffre.safety.adapters.cuts import OF_SCORES, OF_VERDICTS
from zaffre.safety.adapters.llama_guard import THIRD_VERSION

DOCS = Path(__file__).parents[3] / "docs"
API = (DOCS / "content-safety-api.md").read_text()
BACKENDS = (DOCS / "content-safety-backends.md").read_text()


def test_every_route_is_served_with_its_methods() -> None:
    routes = re.findall(r"^\| (`/[^|]+`) \| ([A-Z, ]+) \|", API, re.MULTILINE)
    assert len(routes) == 10
    for paths, methods in routes:
        for path in re.findall(r"`/([^`]+)`", paths):
            steps = path.split("/")
            place = find(steps) or find_openai(steps, False)
            assert place is not None, path
            assert set(place.methods) == set(methods.split(", ")), path


@pytest.mark.parametrize("program", re.findall(r"```python\n(.*?)```", API, re.DOTALL))
def test_the_programs_run_as_they_are_printed(served: Served, program: str) -> None:
    where = f"ENDPOINT, KEY = {served.http!r}, {KEY!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", where + program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_example_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", BACKENDS, re.DOTALL)
    folder = Folder(tmp_path)
    folder.environ = dict.fromkeys(re.findall(r"env:(\w+)", example), "a-secret")
    assert folder.load(example).warnings == ()


def test_the_numbers_that_are_told_are_the_real_ones() -> None:
    for cuts in (OF_SCORES, OF_VERDICTS):
        assert f"low {cuts.low}, medium {cuts.medium}, high {cuts.high}" in BACKENDS
    assert f"`azure-content-safety` and `http` {azure.LONGEST:,} characters" in BACKENDS
    assert any_http.LONGEST == azure.LONGEST
    assert f"`moderation` {moderation.LONGEST:,}" in BACKENDS
    assert f"{llama_guard.LONGEST:,}, or what" in BACKENDS
    assert shield_gemma.LONGEST == llama_guard.LONGEST
    assert all(re.search(rf"\b{code}\b", BACKENDS) for code in THIRD_VERSION)
