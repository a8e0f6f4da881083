"""The first bytes of a request, written so that nothing can be smuggled in."""

import re
from collections.abc import Iterable
from functools import lru_cache

from zaffre import __version__
from zaffre.net.client.origin import Origin, is_plain
from zaffre.net.client.proxy import Proxy

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
IDEMPOTENT = METHODS - {"PATCH", "POST"}
"""Those that may be carried out twice (RFC 9110, 9.2.2)."""
OURS = frozenset({
    b"accept-encoding", b"connection", b"content-length", b"expect", b"host", b"keep-alive", b"proxy-authorization",
    b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
})  # fmt: skip
"""Fields that decide framing, routing or coding: the client's alone to write."""

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})
_KEPT = 64
"""Beginnings of heads that are kept for the next request."""
USER_AGENT = f"zaffre/{__version__}".encode()


def header_block(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Fields -> `name: value\\r\\n` lines, with our User-Agent unless one is given.

    Render once what does not change between requests and hand the bytes to `Pool.send`. Raises ValueError for a
    name or value that cannot stand in a head, and for the fields that are the client's to write; the message
    shows the name, never the value.
    """
    lines = []
    own_agent = True
    for name, value in headers:
        lowered = name.lower()
        if not TOKEN.fullmatch(name) or lowered in OURS:
            raise ValueError(f"not a header field to send: {name!r}")
        if not VALUE.fullmatch(value):
            raise ValueError(f"the value of {name!r} has characters that no header may have")
        own_agent = own_agent and lowered != b"user-agent"
        lines.append(b"%b: %b\r\n" % (name, value))
    if own_agent:
        lines.append(b"User-Agent: %b\r\n" % USER_AGENT)
    return b"".join(lines)


class HeadWriter:
    """Writes request heads for one origin."""

    __slots__ = ("_beginning", "_fields", "_has_path", "_prefix")

    def __init__(self, origin: Origin, proxy: Proxy | None) -> None:
        self._prefix = origin.path
        self._has_path = bool(origin.path)
        # Said, since saying nothing would allow any coding.
        self._fields = f"Host: {origin.authority}\r\nAccept-Encoding: identity\r\n".encode()
        if proxy is not None and origin.scheme == "http":
            # A proxy learns from the request line where plain HTTP goes; https runs through a tunnel instead.
            self._prefix = f"http://{origin.authority}{origin.path}"
            self._fields += proxy.field
        # Calls of one model begin alike.
        self._beginning = lru_cache(_KEPT)(self._checked)

    def write(self, method: str, target: str, block: bytes, length: int) -> bytes:
        """The head up to and with its blank line, for a body of `length` bytes. `block` is from `header_block`.

        Raises ValueError for a method, target or block that would not be one head.
        """
        beginning = self._beginning(method, target, block)
        if length or method in _WITH_BODY:
            return b"%bContent-Length: %d\r\n\r\n" % (beginning, length)
        return beginning + b"\r\n"

    def _checked(self, method: str, target: str, block: bytes) -> bytes:
        """The head's lines up to those of framing."""
        if method not in METHODS:
            raise ValueError(f"not a method: {method!r}")
        if (target[:1] != "/" and not (self._has_path and target[:1] in ("", "?"))) or not is_plain(target):
            raise ValueError("a target is a path in percent-encoding that starts with a slash")
        if block[-2:] != b"\r\n" or b"\r\n\r\n" in block or block[:2] == b"\r\n":
            raise ValueError("a header block is what header_block() made")
        line = f"{method} {self._prefix}{target} HTTP/1.1\r\n".encode()
        return line + self._fields + block
