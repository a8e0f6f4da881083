"""What the system at the other end of a connection has not taken yet of what was sent."""

import fcntl
import sys
import termios
from asyncio import Transport
from contextlib import suppress
from typing import Final

_SIZE: Final = 4


def untaken(transport: Transport) -> int:
    """Bytes; 0 where that cannot be told: only Linux says it of a socket (tcp(7), SIOCOUTQ).

    Over TLS they are those of its records, which are more than what is in them.
    """
    sock = transport.get_extra_info("socket")
    # One that is closed by now has a number that is none.
    with suppress(OSError, ValueError):
        kept = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(_SIZE))
        return int.from_bytes(kept, sys.byteorder) + transport.get_write_buffer_size()
    return 0
