"""Reload on SIGHUP and when a file changes. A broken new configuration keeps the old one running and says so."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from zaffre.cli.options import read, say
from zaffre.config.load import Loaded
from zaffre.config.mistakes import ConfigError
from zaffre.config.schema import Config

EVERY = 1.0
"""Seconds between two looks at the files."""

Stamps = dict[Path, tuple[int, int, int] | None]


class Reloader:
    """Watches one configuration file and the files it names."""

    def __init__(self, path: Path, loaded: Loaded, apply: Callable[[Config], None], every: float = EVERY) -> None:
        """
        Args:
            apply: makes a configuration the one in force, or raises and changes nothing.
            every: seconds between two looks at the files.
        """
        self._path = path
        self._apply = apply
        self._every = every
        self._in_force = loaded.config
        self._stamps = _stamps(loaded.files)

    async def watch(self) -> None:
        """Look at the files for ever."""
        while True:
            await asyncio.sleep(self._every)
            if _stamps(self._stamps) != self._stamps:
                self.now()

    def now(self) -> None:
        """Load the file again; the old configuration stays where the new one is wrong."""
        before = _stamps(self._stamps)
        try:
            loaded = read(self._path)
        except ConfigError as error:
            self._stamps = before | _stamps(error.files)
            say(f"{error}\n{self._path}: not reloaded; the configuration before it stays in force")
            return
        self._stamps = _stamps(loaded.files)
        if loaded.config == self._in_force:
            return
        self._take(loaded.config)

    def _take(self, config: Config) -> None:
        try:
            self._apply(config)
        except Exception as error:
            say(f"{self._path}: not reloaded: {error}; the configuration before it stays in force")
            return
        if config.server != self._in_force.server:
            say(f"{self._path}: reloaded; what changed under server: takes a restart")
        else:
            say(f"{self._path}: reloaded")
        self._in_force = config


def _stamps(files: Iterable[Path]) -> Stamps:
    return {path: _stamp(path) for path in files}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
