"""What the processes of one server share in memory: a file that all of them have mapped.

It holds a number that changes whenever the configuration in force does, and the counters of rate limits. Those are
read and written under a lock of the system's, which the death of its holder releases. Each set of counters is there
twice: the one that does not count is written, then one byte makes it the one that does. So a process that is killed in
the midst of it leaves what was there before.

A slot whose windows are over, or whose bucket is empty, says what a new one says. Whoever needs a slot takes such a
one, and whoever comes back to a slot that is another's by now looks for a new one: nobody has to say that a limit is
gone.
"""

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

Figures = tuple[float, float, float, float]
"""What is counted: of windows or of a bucket, which know what each number is."""
NOTHING: Final[Figures] = (-1.0, 0.0, -1.0, 0.0)

PATIENCE: Final = 0.05
"""Seconds to wait for the lock. It is held for microseconds, unless its holder is stopped."""
SLOTS: Final = 1024
"""At first; twice as many whenever they are not enough."""

_HEADER: Final = mmap.ALLOCATIONGRANULARITY
_REVISION: Final = 0
_CAPACITY: Final = 1
_NEXT: Final = 2
"""Words of the header; the last one is where to look for a slot first."""

_KEY: Final = 16
_COUNTS: Final = _KEY
"""Offset of the byte that says which figures count."""
_FIGURES: Final = struct.Struct("=5d")
"""When a slot says nothing any more, and what is counted."""
_FIRST: Final = 24
_SLOT: Final = _FIRST + 2 * _FIGURES.size


class Stuck(Exception):
    """Another process holds the lock and does not go on."""


class Board:
    """One process's view of it. Not for several threads."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        """
        Args:
            path: the file; made, for its owner alone, where there is none.
            patience: seconds to wait for another process.

        Raises:
            OSError
        """
        self._patience = patience
        self._stuck = False
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            if os.fstat(self._file).st_size == 0:
                os.ftruncate(self._file, _HEADER + SLOTS * _SLOT)
            self._header = mmap.mmap(self._file, _HEADER)
            self._words = memoryview(self._header).cast("Q")
            self._words[_CAPACITY] = self._words[_CAPACITY] or SLOTS
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._capacity = 0
        self._slots: mmap.mmap | None = None

    @property
    def revision(self) -> int:
        """Another number than before, once anything in force has changed."""
        return self._words[_REVISION]

    def bump(self) -> None:
        """Let the others know that something in force has changed. Call it when they can see the change."""
        # Of two who do it at once either number is new to all others, so there is no need for the lock.
        self._words[_REVISION] = time.monotonic_ns()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone, while the context lasts. Raises Stuck."""
        self._lock()
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def find(self, key: bytes, now: float, at: int) -> int:
        """Where the slot of a key is; a new one, where it has none. To be called while it is locked.

        Args:
            now: seconds on the clock of the counters.
            at: where it was; below 0: unknown.
        """
        slots = self._mapped()
        if at >= 0 and slots[at : at + _KEY] == key:
            return at
        found = slots.find(key)
        while found >= 0 and found % _SLOT:
            found = slots.find(key, found + 1)
        return self._taken(key, now) if found < 0 else found

    def read(self, at: int) -> Figures:
        """What is counted in a slot. To be called while it is locked."""
        slots = self._mapped()
        _, *figures = _FIGURES.unpack_from(slots, at + _FIRST + slots[at + _COUNTS] * _FIGURES.size)
        return figures[0], figures[1], figures[2], figures[3]

    def write(self, at: int, figures: Figures, over: float) -> None:
        """Count this in a slot. To be called while it is locked.

        Args:
            over: when it will say nothing any more.
        """
        slots = self._mapped()
        other = 1 - slots[at + _COUNTS]
        _FIGURES.pack_into(slots, at + _FIRST + other * _FIGURES.size, over, *figures)
        slots[at + _COUNTS] = other

    def close(self) -> None:
        """Let it go; the file stays."""
        self._words.release()
        self._header.close()
        if self._slots is not None:
            self._slots.close()
        os.close(self._file)

    def _lock(self) -> None:
        deadline: float | None = None
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                now = time.monotonic()
                # Who waited in vain once waits no more until the lock is free again.
                deadline = deadline or now + (0 if self._stuck else self._patience)
                if now >= deadline:
                    self._stuck = True
                    raise Stuck from None
                os.sched_yield()
            else:
                self._stuck = False
                return

    def _mapped(self) -> mmap.mmap:
        """The slots: all that there are by now."""
        if self._slots is None or self._capacity != self._words[_CAPACITY]:
            if self._slots is not None:
                self._slots.close()
            self._capacity = self._words[_CAPACITY]
            self._slots = mmap.mmap(self._file, self._capacity * _SLOT, offset=_HEADER)
        return self._slots

    def _taken(self, key: bytes, now: float) -> int:
        """A slot that says nothing, given to this key."""
        slots = self._mapped()
        start = self._words[_NEXT]
        for step in range(self._capacity):
            number = (start + step) % self._capacity
            at = number * _SLOT
            over, *_ = _FIGURES.unpack_from(slots, at + _FIRST + slots[at + _COUNTS] * _FIGURES.size)
            if over <= now:
                break
        else:
            number = self._capacity
            self._grow()
            slots, at = self._mapped(), number * _SLOT
        # Nobody's, until all else is as it should be.
        slots[at : at + _KEY] = bytes(_KEY)
        self.write(at, NOTHING, 0.0)
        slots[at : at + _KEY] = key
        self._words[_NEXT] = number + 1
        return at

    def _grow(self) -> None:
        doubled = 2 * self._capacity
        os.ftruncate(self._file, _HEADER + doubled * _SLOT)
        self._words[_CAPACITY] = doubled


def key_of(name: str, said: object) -> bytes:
    """The key of a slot: of a name, and of what is counted under it, such as a limit."""
    return sha256(f"{name.lower()}\n{said!r}".encode()).digest()[:_KEY]
