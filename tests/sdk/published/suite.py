"""What `azure-ai-inference` is published with: its tests and samples, fetched and run live against a server."""

import base64
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.sdk.registry import source_archive
from tests.sdk.server import Server

HERE = Path(__file__).parent
IMAGE = re.compile(r'"image": "data:image/png;base64,([^"]+)"')


def laid_out(folder: Path) -> Path:
    """The SDK's source archive, unpacked into the folder, with the data files that it leaves out; its root."""
    with tarfile.open(source_archive(HERE / "requirements-published.txt")) as archive:
        archive.extractall(folder, filter="data")
    root = next(path for path in folder.iterdir() if path.is_dir())
    tests, samples = root / "tests", root / "samples"
    # The picture itself is not published, but its bytes stand in an expected request.
    image = IMAGE.search((tests / "model_inference_test_base.py").read_text())
    assert image
    for target in (tests, samples, samples / "async_samples"):
        shutil.copytree(HERE / "data", target, dirs_exist_ok=True)
        for name in ("test_image1.png", "sample1.png"):
            (target / name).write_bytes(base64.b64decode(image[1]))
        (target / "hello_how_are_you.mp3").write_bytes(b"ID3")
    (tests / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    return root


def run_tests(
    root: Path, file: str, deselected: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run one file of the SDK's tests in a process of its own, without the tests of those names."""
    leaving_out = [f"--deselect={file}::{name}" for name in deselected]
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--rootdir=.", *leaving_out, file]
    return subprocess.run(command, cwd=root / "tests", env=environment, capture_output=True, text=True, check=False)


def run_sample(sample: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one of the SDK's samples."""
    command = [sys.executable, sample.name]
    return subprocess.run(command, cwd=sample.parent, env=environment, capture_output=True, text=True, check=False)


def environment_for(server: Server, deployments: Mapping[str, str], *, with_port: bool = True) -> dict[str, str]:
    """Endpoints and keys as the SDK's tests and samples look for them.

    Over https, since tokens are sent over nothing else.

    Args:
        deployments: the deployment for each NAME in the variables `NAME_ENDPOINT` and `NAME_KEY`.
    """
    host = f"https://localhost:{server.tls_port}" if with_port else "https://localhost"
    return {
        **{name: value for name, value in server.environment().items() if not name.startswith("PYTEST")},
        **{f"{name}_ENDPOINT": f"{host}/deployments/{deployment}" for name, deployment in deployments.items()},
        **{f"{name}_KEY": server.key for name in deployments},
        "ZAFFRE_TEST_PORT": str(server.tls_port),
        "PYTHONPATH": str(HERE / "stand_ins"),
    }
