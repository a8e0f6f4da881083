"""The one timer of a server: deadlines of all its connections, and the Date field of its answers."""

import asyncio
import time
from collections.abc import Collection
from email.utils import formatdate
from typing import Protocol


class Expiring(Protocol):
    """What has deadlines."""

    def expire(self, now: float) -> None:
        """Act on whatever deadline has passed; `now` is the loop's time in seconds."""


class Sweep:
    """Ticks while there are connections.

    `now` is the loop's time at the last tick (seconds); `stamp` the Date and Server fields of an answer sent now.
    """

    __slots__ = ("_connections", "_period", "_ticking", "now", "stamp")

    def __init__(self, period: float) -> None:
        self._period = period
        self._connections: set[Expiring] = set()
        self._ticking = False
        self.now = 0.0
        self.stamp = b""

    @property
    def connections(self) -> Collection[Expiring]:
        """All that it looks at."""
        return self._connections

    def add(self, connection: Expiring) -> None:
        """Call `connection.expire` at every tick from now on."""
        self._connections.add(connection)
        if not self._ticking:
            self._ticking = True
            self._tick(asyncio.get_running_loop())

    def discard(self, connection: Expiring) -> None:
        """Leave `connection` alone."""
        self._connections.discard(connection)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ticking = bool(self._connections)
        if not self._ticking:
            return
        self.now = now = loop.time()
        self.stamp = b"date: %b\r\nserver: zaffre\r\n" % formatdate(time.time(), usegmt=True).encode()
        loop.call_later(self._period, self._tick, loop)
        for connection in tuple(self._connections):
            connection.expire(now)
