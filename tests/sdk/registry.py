"""What the tests install from package registries: once, into `build/sdk`, and never again until it changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

CACHE = Path(__file__).parents[2] / "build" / "sdk"


def unavailable(reason: str) -> NoReturn:
    """Skip the test, since a registry may be out of reach; in CI (`CI=true`) fail it, since nothing else tells."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def pinned(requirements: Path) -> Path:
    """A virtual environment with exactly these requirements; its Python."""
    folder = CACHE / f"{requirements.stem}-{fingerprint(requirements)}"
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(folder)])
        run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])
        (folder / ".complete").touch()
    return python


def source_archive(requirements: Path) -> Path:
    """The source archive of the one package that these requirements name by its hash."""
    folder = CACHE / f"{requirements.stem}-{fingerprint(requirements)}"
    if not list(folder.glob("*.tar.gz")):
        options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--require-hashes", "--dest", str(folder)]
        run([sys.executable, "-m", "pip", "download", *options, "--requirement", str(requirements)])
    return next(folder.glob("*.tar.gz"))


def run(command: Sequence[str], folder: Path | None = None) -> None:
    """Run an installing command; where it fails, the test is skipped or, in CI, fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        unavailable(f"{' '.join(command[:5])} ... failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def fingerprint(*files: Path) -> str:
    """Changes when these files or the Python change."""
    content = b"".join(file.read_bytes() for file in files) + sys.version.encode()
    return hashlib.sha256(content).hexdigest()[:12]
