"""Version 1 of the OpenAI SDK, which much code has pinned, has to pass our own tests of the newest."""

import subprocess

from tests.sdk.programs import HERE
from tests.sdk.registry import pinned
from tests.sdk.server import Server

SUITES = [HERE / "azure_openai", HERE / "test_openai.py", HERE / "test_openai_responses.py"]

NEWER = ["tests/sdk/test_openai_responses.py::test_tokens_of_an_input_are_counted"]
"""Tests of what version 1 has no method for."""


def test_version_1_passes_what_the_newest_passes(server: Server) -> None:
    python = pinned(HERE / "requirements-openai-1.txt")
    root = HERE.parents[1]
    # The files of this folder itself are for tests that start servers and install things.
    command = [python, "-m", "pytest", "-p", "tests.sdk.attached", "-p", "no:cacheprovider", "--quiet"]
    command += [f"--confcutdir={HERE / 'azure_openai'}", f"--rootdir={root}", *SUITES]
    command += [f"--deselect={name}" for name in NEWER]
    environment = {**server.environment(), "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
