"""The two programs in C, compiled when their source is newer than what was built."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "native"
BUILD = HERE / "build"


class CannotRun(Exception):
    """The bench can't run here; the message says what is missing."""


def program(name: str) -> Path:
    """The compiled native/NAME.c."""
    built = BUILD / name
    newest = max(path.stat().st_mtime for path in SOURCES.iterdir())
    if not built.exists() or built.stat().st_mtime < newest:
        _compile(SOURCES / f"{name}.c", built)
    return built


def _compile(source: Path, built: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise CannotRun("a C compiler is needed: install gcc (Debian: apt-get install gcc libc6-dev)")
    built.parent.mkdir(exist_ok=True)
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-o", str(built), str(source)], check=True, timeout=60)
