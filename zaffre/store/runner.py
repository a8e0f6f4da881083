"""Which process runs what is under way, where several share a data folder, and which of them are gone.

A process holds a lock on a file of its own as long as it lives; nothing has to be said when it is killed.
"""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Final

_FOLDER: Final = "runners"


class Runner:
    """This process, among those that share the folder."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: the data folder.
        """
        self.id = secrets.token_hex(8)
        self._folder = folder / _FOLDER
        self._lock: int | None = None

    def begin(self) -> None:
        """Be there, from now on, and tidy up after those who are gone. Raises OSError."""
        if self._lock is not None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for path in self._folder.glob("[!.]*"):
            if self.is_gone(path.name):
                path.unlink(missing_ok=True)
        self._lock = self._locked()

    def is_gone(self, other: str) -> bool:
        """Whether that process has ended, one way or another. Raises OSError."""
        try:
            file = os.open(self._folder / other, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(file)
        return True

    def end(self) -> None:
        """Be gone. Raises OSError."""
        if self._lock is not None:
            (self._folder / self.id).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _locked(self) -> int:
        """Under its name, the file is locked from the first moment."""
        part = self._folder / f".{self.id}"
        file = os.open(part, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        part.rename(self._folder / self.id)
        return file
