"""The tests that `openai` is published with: fetched, and run live against a server in an environment of their own."""

import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from tests.sdk.registry import pinned, source_archive
from tests.sdk.server import Server

HERE = Path(__file__).parent
KEY = "My API Key"
"""The key that these tests send."""
TESTS = "tests/api_resources"


def laid_out(folder: Path) -> Path:
    """The SDK's source archive, unpacked into the folder; its root."""
    with tarfile.open(source_archive(HERE / "requirements-published.txt")) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def run_tests(root: Path, file: str, left_out: Iterable[str], server: Server) -> subprocess.CompletedProcess[str]:
    """Run one file of the SDK's tests in a process of its own.

    Args:
        file: below `tests/api_resources`.
        left_out: `Class::test` or the beginning of one.
    """
    python = pinned(HERE / "requirements-openai.txt")
    path = f"{TESTS}/{file}"
    # Their own options would need a plugin to run them in parallel.
    command = [str(python), "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "stored_objects"]
    command += [*(f"--deselect={path}::{name}" for name in left_out), path]
    environment = {
        **{name: value for name, value in server.environment().items() if not name.startswith(("PYTEST", "OPENAI"))},
        "TEST_API_BASE_URL": f"{server.http}/openai/v1",
        "PYTHONPATH": str(HERE),
    }
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
