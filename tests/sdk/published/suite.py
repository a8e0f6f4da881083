"""The SDK's own tests: fetched, laid out with what is not published, and run live against a server."""

import base64
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tests.sdk.registry import source_archive
from tests.sdk.server import Server

HERE = Path(__file__).parent
IMAGE = re.compile(r'"image": "data:image/png;base64,([^"]+)"')


def laid_out(folder: Path) -> Path:
    """The folder with the SDK's tests, from its source archive, and the data files that the archive leaves out."""
    with tarfile.open(source_archive(HERE / "requirements-published.txt")) as archive:
        archive.extractall(folder, filter="data")
    tests = next(folder.glob("*/tests"))
    shutil.copytree(HERE / "data", tests, dirs_exist_ok=True)
    # The picture itself is not published, but its bytes stand in an expected request.
    image = IMAGE.search((tests / "model_inference_test_base.py").read_text())
    assert image
    (tests / "test_image1.png").write_bytes(base64.b64decode(image[1]))
    (tests / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    return tests


def run(tests: Path, file: str, deselected: Sequence[str], server: Server) -> subprocess.CompletedProcess[str]:
    """Run one file of the SDK's tests in a process of its own, without the tests of those names."""
    leaving_out = [f"--deselect={file}::{name}" for name in deselected]
    options = ["-q", "-rA", "-p", "no:cacheprovider", "--rootdir", str(tests), *leaving_out]
    command = [sys.executable, "-m", "pytest", *options, file]
    environment = environment_for(server, with_port="tracing" not in file)
    return subprocess.run(command, cwd=tests, env=environment, capture_output=True, text=True, check=False)


def environment_for(server: Server, with_port: bool) -> dict[str, str]:
    """Endpoints and keys as the SDK's tests look for them; over https, since tokens are sent over nothing else."""
    host = f"https://localhost:{server.tls_port}" if with_port else "https://localhost"
    deployments = {"CHAT": "Mistral-large", "EMBEDDINGS": "demo-embed", "IMAGE_EMBEDDINGS": "demo-image"}
    endpoints = {f"AZURE_AI_{kind}_ENDPOINT": f"{host}/deployments/{name}" for kind, name in deployments.items()}
    keys = {f"AZURE_AI_{kind}_KEY": server.key for kind in deployments}
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        **server.environment(),
        **endpoints,
        **keys,
        "AZURE_AI_CHAT_MODEL": "mistral-large-2411",
        "ZAFFRE_TEST_PORT": str(server.tls_port),
        "PYTHONPATH": str(HERE / "stand_ins"),
    }
