"""How many clients are connected at once: no more than leave files for upstreams, databases and all else.

Whoever comes when there are as many takes the place of those who have asked nothing for longest.
"""

import heapq
import logging
import sys
from collections.abc import Iterable, Sized
from operator import itemgetter
from typing import Final, Protocol

from zaffre.net.server.sweep import Sweep

try:
    import resource
except ImportError:  # there is none for this platform
    resource = None  # type: ignore[assignment]

_log = logging.getLogger("zaffre.net")

_KEPT: Final = 64
"""Files for databases, logs, certificates and the like."""
_FEWEST: Final = 16
_PART: Final = 32
"""Of all, the part that goes at once, so that looking for the oldest pays."""
_QUIET: Final = 60.0
"""Seconds between two warnings."""


class Client(Protocol):
    """One connection."""

    @property
    def idle_since(self) -> float | None:
        """The loop's time; None: something is asked or answered."""

    def give_way(self) -> None:
        """Close now."""


class Crowd:
    """The clients of all listeners of a server."""

    def __init__(self, sweep: Sweep, most: int | None) -> None:
        """
        Args:
            sweep: says what time it is.
            most: clients at once. None: half of the files that the system allows by the time the first one comes, since
                each call may need a connection to an upstream, too.
        """
        self._sweep = sweep
        self._most = most
        self._listeners: list[Sized] = []
        self._in_vain = -1.0
        self._told = -_QUIET

    def admit(self, client: Client, beside: Sized, clients: Iterable[Client]) -> None:
        """Somebody has come. Where there are too many by now, others give way; where all are busy, who has come does.

        Args:
            beside: the connections of the same listener, this one among them.
            clients: those of all listeners, who may give way.
        """
        most = self._most = _most() if self._most is None else self._most
        if not any(each is beside for each in self._listeners):
            self._listeners.append(beside)
        if sum(map(len, self._listeners)) <= most:
            return
        now = self._sweep.now
        self._tell(now, most)
        leaving = [] if self._in_vain == now else _oldest(client, clients, most // _PART + 1)
        for each in leaving:
            each.give_way()
        if not leaving:
            # Nobody is looked for again before the next tick.
            self._in_vain = now
            client.give_way()

    def _tell(self, now: float, most: int) -> None:
        if now - self._told >= _QUIET:
            self._told = now
            _log.warning(
                "%d clients are connected, as many as the limit of open files allows (ulimit -n). Those that ask "
                "nothing are disconnected.",
                most,
            )


def _oldest(client: Client, clients: Iterable[Client], number: int) -> list[Client]:
    idle = [(since, each) for each in clients if each is not client and (since := each.idle_since) is not None]
    return [each for _, each in heapq.nsmallest(number, idle, key=itemgetter(0))]


def _most() -> int:
    if resource is None:
        return sys.maxsize
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if allowed == resource.RLIM_INFINITY else max((allowed - _KEPT) // 2, _FEWEST)
