"""Bytes that go out at the end of the loop's turn, those of all connections in a row.

Each write wakes whoever reads at the other end, unless it is awake already. With the work of a request between any two
writes it never is, and waking it costs more than the write itself.
"""

import asyncio
from typing import Protocol


class Sender(Protocol):
    """What holds bytes back."""

    def flush(self) -> None:
        """Send them, if they are not sent yet."""


class Outbox:
    """Flushes senders together, in the order in which they came."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Sender] = []

    def add(self, sender: Sender) -> None:
        """Flush this one, too."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(sender)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sender in waiting:
            sender.flush()
