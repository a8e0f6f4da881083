"""A caller who speaks bare HTTP and sees exactly what came back."""

import json
import socket
import struct
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

PATIENCE = 20.0


class Reply(Struct):
    """What a caller got."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    whole: bool
    """Whether the body came to its proper end."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error object that clients read."""
        error: dict[str, Any] = self.json["error"]
        assert error["status"] == self.status
        assert self.headers["x-ms-error-code"] == error["code"]
        assert ("retry-after" in self.headers) == (self.status in (429, 503))
        return error


class Caller:
    """Calls one server with one key."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._address = (parts.hostname, parts.port)
        self._fields = {"api-key": key, "content-type": "application/json"}

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        """The answer to JSON, or to bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {**self._fields, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection = HTTPConnection(*self._address, timeout=PATIENCE)
        try:
            connection.request("POST", path, content, fields)
            return _reply(connection)
        finally:
            connection.close()

    def opened(self, path: str, body: Any) -> "Opened":
        """A call that the caller may leave at any moment."""
        content = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", "host: test", "connection: close", f"content-length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in self._fields.items()]
        connection = socket.create_connection(self._address, PATIENCE)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        return Opened(connection)


class Opened:
    """A call on its way."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read_until(self, mark: bytes) -> bytes:
        """What has come, up to a piece that holds the mark."""
        seen = b""
        while mark not in seen:
            piece = self._connection.recv(65536)
            assert piece, seen
            seen += piece
        return seen

    def read_all(self) -> bytes:
        """Everything up to the connection's end, however it ends."""
        seen = b""
        with suppress(ConnectionError):
            while piece := self._connection.recv(65536):
                seen += piece
        self._connection.close()
        return seen

    def leave(self, *, reset: bool) -> None:
        """Go: in good order, or with a reset."""
        if reset:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


def _reply(connection: HTTPConnection) -> Reply:
    response = connection.getresponse()
    try:
        body, whole = response.read(), True
    except HTTPException as broken:
        body, whole = getattr(broken, "partial", b""), False
    except ConnectionError:
        body, whole = b"", False
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, body, whole)
