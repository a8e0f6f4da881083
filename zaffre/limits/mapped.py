"""A limit that the processes of one server keep together, in memory that they share."""

import time
from collections.abc import Callable

from zaffre.core.chat import Usage
from zaffre.core.errors import Overloaded
from zaffre.core.limits import Provisioned, RateLimit, Standing
from zaffre.limits.board import Board, Stuck, key_of
from zaffre.limits.bucket import Bucket
from zaffre.limits.windows import Windows


class Mapped:
    """The limiter of one name. It is exact: what all processes let in never exceeds what the limit has room for."""

    def __init__(self, name: str, limit: RateLimit, board: Board, now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            name: a deployment's or a key's. The same name under another limit counts by itself.
            now: seconds on a clock that is never set back and the same for all processes.
        """
        self._counters = Bucket(name, limit) if isinstance(limit, Provisioned) else Windows(name, limit)
        self._board = board
        self._key = key_of(name, limit)
        self._at = -1
        self._now = now
        self._owed: list[tuple[Standing, Usage | None]] = []
        """What could not be settled, since another process did not let us."""

    async def admit(self, tokens: int) -> Standing:
        now = self._now()
        counters = self._counters
        try:
            with self._board.locked():
                self._recall(now)
                standing = counters.take(tokens, now)
                self._keep()
        except Stuck:
            message = "The rate limit of this deployment can't be checked at the moment. Please retry later."
            raise Overloaded(message) from None
        return standing

    def settle(self, standing: Standing, usage: Usage | None) -> None:
        self._owed.append((standing, usage))
        try:
            with self._board.locked():
                self._recall(self._now())
        except Stuck:
            # With the next call.
            return

    def _recall(self, now: float) -> None:
        """Know what all processes have counted by now, and what this one owes."""
        board, counters = self._board, self._counters
        self._at = board.find(self._key, now, self._at)
        counters.recall(board.read(self._at))
        if self._owed:
            for standing, usage in self._owed:
                counters.settle(standing, usage, now)
            self._owed.clear()
            self._keep()

    def _keep(self) -> None:
        self._board.write(self._at, self._counters.figures, self._counters.over)
