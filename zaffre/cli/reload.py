"""Reload on SIGHUP and when a file changes. A broken new configuration keeps the old one running and says so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from zaffre.cli.options import read, say
from zaffre.config.load import Loaded
from zaffre.config.mistakes import ConfigError
from zaffre.config.schema import Config

EVERY = 0.5
"""Seconds between two looks at the files."""
AT_ONCE = 200
"""Files of one look. Where there are more, such as a file for each of thousands of keys, a look takes some of them in
turn: nobody should have to wait for it."""

Stamps = dict[Path, tuple[int, int, int] | None]


class Reloader:
    """Watches one configuration file and the files it names."""

    def __init__(
        self,
        path: Path,
        loaded: Loaded,
        apply: Callable[[Loaded], Awaitable[None]],
        beside: Iterable[Path] = (),
        every: float = EVERY,
    ) -> None:
        """
        Args:
            apply: makes a configuration the one in force, or raises and changes nothing.
            beside: files to watch that the configuration does not name.
            every: seconds between two looks at the files.
        """
        self._path = path
        self._apply = apply
        self._beside = frozenset(beside)
        self._every = every
        self._in_force = loaded.config
        self._asked = asyncio.Event()
        self._known = _stamps(loaded.files | self._beside)
        """The files as they were when they were last read."""
        self._turn = 0
        """How many of them had their turn, since the first one had."""

    def ask(self) -> None:
        """Load again at once, whether or not a file has changed."""
        self._asked.set()

    async def watch(self) -> None:
        """Look at the files for ever."""
        last: Stamps = {}
        while True:
            asked = await self._pause()
            changed = self._changed(self._in_turn() | last.keys())
            # A change counts once it has stood still for a while: an editor may be in the middle of it.
            if changed and changed == last:
                # All files will be read: none of those that had no turn yet may be in the middle of one, either.
                changed = self._changed(self._known)
            if asked or (changed and changed == last):
                await self._load()
            last = changed

    def _in_turn(self) -> set[Path]:
        """The files of this look, the configuration's own always among them."""
        files = list(self._known)
        turn = files[self._turn : self._turn + AT_ONCE]
        self._turn = self._turn + AT_ONCE if self._turn + AT_ONCE < len(files) else 0
        return {self._path, *turn}

    def _changed(self, files: Iterable[Path]) -> Stamps:
        """Those of these files that are other than when they were read."""
        now = _stamps(self._known.keys() & files)
        return {path: stamp for path, stamp in now.items() if stamp != self._known[path]}

    async def _pause(self) -> bool:
        """Until the next look; whether somebody asked for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._every):
                await self._asked.wait()
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

    async def _load(self) -> None:
        before = _stamps(self._known)
        try:
            loaded = await asyncio.to_thread(read, self._path)
        except ConfigError as error:
            self._known = _stamps(error.files | self._beside) | before
            self._keep(str(error))
            return
        files = loaded.files | self._beside
        # What changed while it was read is seen at the next look.
        self._known = _stamps(files) | {path: stamp for path, stamp in before.items() if path in files}
        await self._take(loaded)

    async def _take(self, loaded: Loaded) -> None:
        config = loaded.config
        try:
            await self._apply(loaded)
        except Exception as error:
            self._keep(f"{self._path}: {error}")
            return
        restart = _at_start_only(config) != _at_start_only(self._in_force)
        say(
            f"{self._path}: reloaded" + ("; what changed under server: or database: takes a restart" if restart else "")
        )
        self._in_force = config

    def _keep(self, reason: str) -> None:
        say(f"{reason}\n{self._path}: not reloaded; the configuration before it stays in force")


def _at_start_only(config: Config) -> tuple[object, ...]:
    """What is looked at once, when the server starts."""
    server = config.server
    return config.database, server.host, server.port, server.tls, server.max_body, server.drain


def _stamps(files: Iterable[Path]) -> Stamps:
    return {path: _stamp(path) for path in files}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
