"""The data folder, and its keys: made at the first start, kept from then on."""

import secrets
import stat
from pathlib import Path

from msgspec import Struct

from zaffre.config.durable import create
from zaffre.config.mistakes import Place, refuse
from zaffre.config.secret import Secret

KEY_BYTES = 32
"""256 bits, 43 characters of A-Z a-z 0-9 _ -."""


class StoredKeys(Struct, frozen=True):
    """The keys that the data folder holds."""

    keys: tuple[Secret, ...]
    path: Path
    created: bool
    """Whether this call made them."""
    warnings: tuple[str, ...] = ()


def private(folder: Path) -> Path:
    """The folder, made for its owner alone where it is missing: keys are kept in it.

    Raises:
        OSError
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def first_start_keys(folder: Path) -> StoredKeys:
    """The keys in `folder/keys`, one a line; where there are none, one is made. Processes that start at once agree.

    Raises:
        ConfigError: the folder or the file cannot be used.
    """
    path = folder / "keys"
    try:
        private(folder)
        created = not path.exists() and create(path, f"{secrets.token_urlsafe(KEY_BYTES)}\n".encode())
        warnings = [] if created else _tightened(path)
        keys = _read(path)
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else None
        refuse(Place(str(path)), "a file of keys that this user can read and write", found or "something else")
    if not keys:
        refuse(Place(str(path)), "a key in each line (delete the file to have one made)", "none")
    return StoredKeys(keys, path, created, tuple(warnings))


def _tightened(path: Path) -> list[str]:
    """Take the file from everybody but its owner. The folder may be shared for a reason, so it is only reported."""
    warnings = []
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        path.chmod(0o600)
        warnings.append(f"{path} could be read by others (mode {mode:04o}); it is now for its owner alone (0600)")
    folder = stat.S_IMODE(path.parent.stat().st_mode)
    if folder & 0o022 and not folder & stat.S_ISVTX:
        warnings.append(f"{path.parent} can be written by others (mode {folder:04o}): they can replace its keys")
    return warnings


def _read(path: Path) -> tuple[Secret, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(Secret(line.strip()) for line in lines if line.strip())
