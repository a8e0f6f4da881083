"""What `openai` is published with: its tests, fetched and run live against a server."""

import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tests.sdk.registry import source_archive
from tests.sdk.server import Server

HERE = Path(__file__).parent
KEY = "My API Key"
"""The one that the tests send."""
SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = session\nfilterwarnings = error\n"
"""The archive's own, without the option that spreads the tests over processes."""


def laid_out(folder: Path) -> Path:
    """The SDK's source archive, unpacked into the folder; its root."""
    with tarfile.open(source_archive(HERE / "requirements-published.txt")) as archive:
        archive.extractall(folder, filter="data")
    root = next(path for path in folder.iterdir() if path.is_dir())
    (root / "pytest.ini").write_text(SETTINGS)
    # Those who run the tests have the SDK installed; its source beside them would be taken for it.
    (root / "src").rename(root / "source")
    return root


def run_tests(
    python: Path, root: Path, file: str, left_out: Sequence[str], server: Server
) -> subprocess.CompletedProcess[str]:
    """Run one file of the tests for the API's resources, without the tests whose ids begin so."""
    deselected = [f"--deselect={file}::{beginning}" for beginning in left_out]
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "live", "--show-capture=no"]
    environment = {
        **{name: value for name, value in server.environment().items() if not name.startswith("PYTEST")},
        "TEST_API_BASE_URL": f"{server.http}/openai/v1",
        "PYTHONPATH": str(HERE),
    }
    command = [str(python), "-m", "pytest", *options, *deselected, file]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
