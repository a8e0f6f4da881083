"""HTTP as values: what a handler is given and what it gives back.

Handlers see only these, so they never learn whether the lane (`net.server`) or the ASGI app carried them.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl

from msgspec import Struct

HeaderList = list[tuple[bytes, bytes]]
"""Header fields in the order they are written; names in lower case."""


class Request(Struct):
    """One whole request, body included."""

    method: str
    path: str
    """As sent: percent-encoded, without the query."""
    query: str
    """As sent, without the question mark."""
    headers: dict[bytes, bytes]
    """Names in lower case; a repeated field is joined by ", "."""
    body: bytes = b""
    scheme: Literal["http", "https"] = "http"
    local: bool = False
    """The other end of the connection is on this machine."""

    def header(self, name: bytes) -> str:
        """The field's value, "" where it is missing. `name` in lower case."""
        return self.headers.get(name, b"").decode("latin-1").strip()

    def parameter(self, name: str) -> str | None:
        """The first query parameter of that name, in any letter case."""
        for key, value in parse_qsl(self.query, keep_blank_values=True):
            if key.lower() == name:
                return value
        return None


class Response(Struct):
    """An answer. Length and framing fields are the server's to write.

    A generator as body is streamed: each piece is one write, closed by the server however the stream ends. If it
    raises, the connection is cut so that the client sees a broken body, never a complete one.
    """

    status: int
    headers: HeaderList
    body: bytes | AsyncGenerator[bytes, None]
    over: Callable[[], None] | None = None
    """Called when a streamed body has been closed."""
    lines: bytes = b""
    """More header fields, as the lines that they are sent as."""

    @property
    def fields(self) -> HeaderList:
        """All header fields."""
        return self.headers + header_list(self.lines)

    async def close(self) -> None:
        """Close a streamed body."""
        try:
            if not isinstance(self.body, bytes):
                await self.body.aclose()
        finally:
            if self.over is not None:
                self.over()


def header_list(lines: bytes) -> HeaderList:
    """The header fields of complete lines."""
    split = (line.partition(b": ") for line in lines.split(b"\r\n") if line)
    return [(name, value) for name, _, value in split]


def is_local(peer: object) -> bool:
    """Whether a socket's other end is on this machine: a loopback address, or no address at all (a Unix socket)."""
    if not isinstance(peer, tuple | list):
        return isinstance(peer, str)
    try:
        address = ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class Hangup(Exception):
    """The handler wants the connection closed without an answer."""


Handler = Callable[[Request], Awaitable[Response]]
Refusal = Callable[[int, str, str], Response]
"""(status, code, message) -> Response: how the server protocol says no before there is a request to hand over."""


class Limits(Struct, frozen=True):
    """How much of a request is taken (bytes) and how long is waited (seconds). Past them: 413, 414, 431 or 408."""

    body: int = 32 * 1024 * 1024
    head: int = 64 * 1024
    """Request line and fields together; also what may pass inside a chunked body without a byte of content."""
    url: int = 8 * 1024
    head_timeout: float = 20.0
    """From the first byte of a head, or from the start of a connection, until the head is complete."""
    body_idle: float = 60.0
    """Between two pieces of a body."""
    body_rate: int = 500
    """Bytes a second that a body must come to, `body_idle` seconds being given away."""
    keep_alive: float = 75.0
    """Between an answer and the next request."""
    write_stall: float = 300.0
    """For a client that takes nothing of what waits for it."""
    linger: float = 10.0
    linger_bytes: int = 256 * 1024 * 1024
    """How long and how much is still read after a refusal, so that the client gets to read it instead of a reset."""
    sweep: float = 0.5
    """How often deadlines are looked at: they are kept to within this."""
    connections: int | None = None
    """At once. None: as many as leave as many files for upstreams. Over it the oldest idle ones are closed."""


REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 412: "Precondition Failed", 413: "Payload Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed", 422: "Unprocessable Entity",
    424: "Failed Dependency", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    499: "Client Closed Request", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}  # fmt: skip
"""Standard reason phrases: azure-core shows them to people when it cannot read a body."""
