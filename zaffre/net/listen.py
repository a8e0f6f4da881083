"""Addresses to listen on, bound before anything else starts."""

import errno
import os
import socket
from ssl import SSLContext

from msgspec import Struct

_BACKLOG = 2048


class Listener(Struct, frozen=True):
    """Where to listen: a host name or address, and a port (0: any free one). With `tls`, https."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls: SSLContext | None = None


class Address(Struct, frozen=True):
    """Where a server answers; the port is the real one."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """scheme://host:port, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class PortTaken(OSError):
    """Another program listens there already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"port {port} on {host} is taken by another program")
        self.host = host
        self.port = port


class Bound(Struct, frozen=True):
    """A listener with its listening sockets: more than one where the host name has several addresses."""

    listener: Listener
    sockets: list[socket.socket]

    @property
    def address(self) -> Address:
        """Where clients find it."""
        scheme = "http" if self.listener.tls is None else "https"
        return Address(scheme, self.listener.host, self.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Give the port back."""
        for each in self.sockets:
            each.close()


def bind(listener: Listener) -> Bound:
    """Take the port. Raises PortTaken, or another OSError that names host and port."""
    host, port = listener.host, listener.port
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            sockets.append(_listening(family, str(address[0]), port))
            port = sockets[0].getsockname()[1]
    except OSError as error:
        for each in sockets:
            each.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno, f"cannot listen on {host}, port {port}: {reason}") from error
    return Bound(listener, sockets)


def _listening(family: int, host: str, port: int) -> socket.socket:
    # Named by number: asyncio sends without delay only where a socket says that it is TCP.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
        # Two that bind the same free port are told apart only when they listen.
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound
