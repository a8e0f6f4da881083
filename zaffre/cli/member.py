"""What a server of several processes tells each of them, and hears from it.

The supervisor writes the task on the process's command line, then lines on a channel of their own; the process writes
one line there, once it serves. The end of the channel is the end of whoever held the other side.
"""

from typing import Final

from msgspec import Struct

from zaffre.net.server.listen import Address

RELOAD: Final = b"reload\n"
"""Read the configuration file again."""
TAKE_UP: Final = b"take-up\n"
"""Another process has ended: go on with what it left."""


class Task(Struct):
    """What a process is started for."""

    number: int
    """Of a worker, from 1; 0 is the process of the local models."""
    arguments: list[str]
    """The command line's."""
    folder: str
    """What all of them share is there."""
    channel: int
    """Its file descriptor."""
    sockets: list[list[int]]
    """Descriptors of what each listener has bound; none for the process of the local models."""
    addresses: list[Address]
    """Where clients find the server."""

    @property
    def owner(self) -> bool:
        """Whether it runs the local models."""
        return self.number == 0


class Up(Struct):
    """Said once it serves."""

    announcement: str
    """For whoever started the server."""
