"""The data folder, and its keys: made at the first start, kept from then on."""

import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from zaffre.config.durable import create, replace
from zaffre.config.mistakes import Place, refuse
from zaffre.config.secret import Secret

KEY_BYTES = 32
"""256 bits, 43 characters of A-Z a-z 0-9 _ -."""
KEYS: Final = "keys"
"""The file of the two keys that callers use, in the data folder."""
MANAGEMENT_KEYS: Final = "management-keys"
"""The file of the key that manages the server."""


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


def first_start_keys(folder: Path, name: str = KEYS, number: int = 2) -> StoredKeys:
    """The keys in a file of the folder, one a line, made where there are none. Processes that start at once agree.

    Args:
        number: how many are made.

    Raises:
        ConfigError: the folder or the file cannot be used.
    """
    path = folder / name
    try:
        private(folder)
        created = not path.exists() and create(path, _lines(new_key() for _ in range(number)))
        warnings = [] if created else _tightened(path)
        keys = _read(path)
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else None
        refuse(Place(str(path)), "a file of keys that this user can read and write", found or "something else")
    if not keys:
        refuse(Place(str(path)), "a key in each line (delete the file to have one made)", "none")
    return StoredKeys(keys, path, created, tuple(warnings))


def new_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_urlsafe(KEY_BYTES)


class KeyFile:
    """The server's own keys, in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / KEYS

    def read(self) -> tuple[Secret, ...]:
        """Those that are in force.

        Raises:
            ConfigError: the file cannot be used.
        """
        return first_start_keys(self.path.parent).keys

    def replace(self, number: int, key: str) -> None:
        """Another key in place of one, counted from 1; the others stay. Raises ConfigError, OSError."""
        keys = [each.reveal() for each in self.read()]
        # A folder from the time when one key was made gets its second one.
        keys += [new_key() for _ in range(number - len(keys))]
        keys[number - 1] = key
        replace(self.path, _lines(keys))


def _lines(keys: Iterable[str]) -> bytes:
    return "".join(f"{key}\n" for key in keys).encode()


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
