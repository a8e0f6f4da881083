"""Files that are there whole or not at all, and stay: how keys, certificates and weights are kept."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def create(path: Path, content: bytes) -> bool:
    """Write a file, for its owner only, whole or not at all. Of processes that start at once the first one wins.

    Returns:
        Whether this process was the one to make it.
    """
    try:
        with _written(path, content) as unfinished:
            # A link, unlike a rename, never replaces a file.
            os.link(unfinished, path)
    except FileExistsError:
        return False
    return True


def replace(path: Path, content: bytes) -> None:
    """Put another file in its place, for its owner only: whoever reads it finds the one or the other."""
    with _written(path, content) as unfinished:
        unfinished.replace(path)


@contextmanager
def _written(path: Path, content: bytes) -> Iterator[Path]:
    """A file beside the path, whole and on disk, to be given its name: that outlasts a power cut, too."""
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, outlast a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
