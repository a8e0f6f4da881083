"""Answers as bytes of HTTP/1.1."""

from zaffre.net.http import REASONS, HeaderList

CLOSE = b"connection: close\r\n"
KEEP_ALIVE = b"connection: keep-alive\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"

_STATUS_LINES = {status: f"HTTP/1.1 {status} {reason}\r\n".encode() for status, reason in REASONS.items()}
_BODILESS = frozenset({204, 304})


def bodiless(status: int) -> bool:
    """Whether an answer of this status has no body, nor a length of one."""
    return status in _BODILESS


def head(status: int, headers: HeaderList, stamp: bytes, *lines: bytes) -> bytes:
    """A whole head. `stamp` and `lines` are complete lines.

    Raises ValueError for a field that would end its line early.
    """
    line = _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status
    return b"".join((line, stamp, field_lines(headers), *lines, b"\r\n"))


def field_lines(headers: HeaderList) -> bytes:
    """The fields as lines. Raises ValueError for one with a line end or NUL inside."""
    lines = b"\r\n".join([*map(b": ".join, headers), b""])
    if len(lines.translate(None, b"\r\n\0")) != len(lines) - 2 * len(headers):
        raise ValueError("a header field holds a line end or NUL")
    return lines


def length(size: int) -> bytes:
    """The framing of a body of `size` bytes."""
    return b"content-length: %d\r\n" % size


def chunk(piece: bytes) -> bytes:
    """`piece` (not empty: that would end the body) in a frame of its own."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)
