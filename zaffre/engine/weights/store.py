"""The folder that keeps weights: a file in it is whole, checked, and was made once."""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from zaffre.config.durable import sync
from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.progress import Progress

_BLOCK = 1 << 20
_LOCK_POLL = 0.2
"""Seconds."""


class Record(Struct, frozen=True):
    """What a file was when it was last read through; kept beside it."""

    sha256: str
    size: int
    mtime_ns: int


class Store:
    """Weights under one folder, shared by every process that uses the folder."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder
        self._progress = progress

    def find(self, name: str, sha256: str | None = None) -> Path | None:
        """The kept file of that name (a relative path), or None where there is none or it is not what it was.

        A file whose size and time are as recorded is not read again; any other is hashed.
        """
        path = self.folder / name
        record = _recorded(path)
        if record is None or not path.is_file():
            return None
        if sha256 not in (None, record.sha256):
            return None
        if _stamp(path) == (record.size, record.mtime_ns):
            return path
        if _stamp(path)[0] != record.size or digest(path, self._progress) != record.sha256:
            self._progress.say(f"{path} has changed since it was stored; it is made again")
            return None
        _write_record(path, record.sha256)
        return path

    def put(self, name: str, make: Callable[[Path], None], sha256: str | None = None) -> Path:
        """Keep what `make` writes to the path it is given. Call it under `locked`.

        Raises WeightsError, and keeps nothing, if the sum is not `sha256`.
        """
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            make(part)
            found = digest(part, self._progress)
            if sha256 not in (None, found):
                raise WeightsError(f"{name}: the sha256 is {found}, expected {sha256}; nothing was kept")
            sync(part)
            part.replace(path)
            sync(path.parent)
        finally:
            part.unlink(missing_ok=True)
        _write_record(path, found)
        return path

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the name against other threads and processes; it is let go even if the process dies."""
        lock = self.folder / f"{name}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("wb") as handle:
            waiting = False
            while not _taken(handle.fileno()):
                if not waiting:
                    self._progress.say(f"waiting for another process that prepares {name}")
                waiting = True
                self._progress.wait(_LOCK_POLL)
            yield


def digest(path: Path, progress: Progress) -> str:
    """The file's sha256 in hex."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            progress.check()
            total.update(block)
    return total.hexdigest()


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256.json")


def _recorded(path: Path) -> Record | None:
    try:
        return msgspec.json.decode(_record_path(path).read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _write_record(path: Path, sha256: str) -> None:
    size, mtime_ns = _stamp(path)
    part = path.with_name(f".{path.name}.record.part")
    part.write_bytes(msgspec.json.encode(Record(sha256, size, mtime_ns)))
    part.replace(_record_path(path))


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
