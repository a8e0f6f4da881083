"""HTTP as values: what a handler is given and what it gives back.

Handlers see only these, so they never learn whether the lane (`net.server`) or the ASGI app carried them.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
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


class Hangup(Exception):
    """The handler wants the connection closed without an answer."""


Handler = Callable[[Request], Awaitable[Response]]
Refusal = Callable[[int, str, str], Response]
"""(status, code, message) -> Response: how the server protocol says no before there is a request to hand over."""

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
