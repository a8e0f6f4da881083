"""Addresses to listen on, bound before anything else starts."""

import errno
import socket
from collections.abc import Sequence
from ssl import SSLContext

from msgspec import Struct

_BACKLOG = 2048
# A name may have an address of a kind that this machine lacks: most often ::1 where there is no IPv6.
_NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class Listener(Struct, frozen=True):
    """Where to listen: a host name or address, and a port (0: any free one). With `tls`, https."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls: SSLContext | None = None
    path: str = ""
    """Of a Unix socket instead, made when it is served."""


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
        if self.listener.path:
            return Address("http", "localhost", 0)
        scheme = "http" if self.listener.tls is None else "https"
        return Address(scheme, self.listener.host, self.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Give the port back."""
        for each in self.sockets:
            each.close()


def inherited(listener: Listener, descriptors: Sequence[int]) -> Bound:
    """What another process has bound for this one."""
    sockets = []
    for each in descriptors:
        found = socket.socket(fileno=each)
        # Named by number, as in `_listening`: not every system tells.
        sockets.append(socket.socket(found.family, socket.SOCK_STREAM, socket.IPPROTO_TCP, found.detach()))
    return Bound(listener, sockets)


def bind(listener: Listener) -> Bound:
    """Take the port on every address that the host name has here.

    Raises PortTaken, or another OSError that names host and port.
    """
    host, port = listener.host, listener.port
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, address in _addresses(host, port):
            try:
                sockets.append(_listening(family, address, port))
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                missing = error
            else:
                port = sockets[0].getsockname()[1]
        if missing is not None and not sockets:
            raise missing
    except (OSError, UnicodeError) as error:
        for each in sockets:
            each.close()
        raise _named(error, host, port) from error
    return Bound(listener, sockets)


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _named(error: Exception, host: str, port: int) -> OSError:
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return PortTaken(host, port)
    reason = getattr(error, "strerror", None) or error
    return OSError(code, f"cannot listen on {host}, port {port}: {reason}")


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
