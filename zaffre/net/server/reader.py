"""One connection's requests, out of its bytes: what is well-formed, within the limits, and whose it is."""

from collections.abc import Callable
from typing import Final, Literal
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from zaffre.net.http import Limits, Request

IDLE: Final = 0
HEAD: Final = 1
BODY: Final = 2


class Incoming(Request):
    """A request and what its answer must know of it."""

    keep_alive: bool = False
    http_10: bool = False


class Refused(Exception):
    """The bytes are not a request that may be answered; the connection ends with this refusal."""

    def __init__(self, status: int, code: str, message: str, bodiless: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.bodiless = bodiless


class HandOver(Exception):
    """The request is another protocol's. `raw` is all that came of it, or None where that is not known any more."""

    def __init__(self, raw: bytes | None, upgrade: bool) -> None:
        super().__init__()
        self.raw = raw
        self.upgrade = upgrade


class _IgnoredUpgrade(Exception):
    """The head offers a protocol that we do not speak: read it again as if it had not."""


class RequestReader:
    """Feeds bytes to the parser and gives each whole request to `accept`.

    `phase` says where the last byte left it: between requests, in a head or in a body. `expects` is True while the
    client waits for 100 Continue before it sends a body that would be welcome.
    """

    __slots__ = (
        "_accept", "_body", "_hand_over", "_head_bytes", "_headers", "_limits", "_local", "_parser", "_raw",
        "_request", "_scheme", "_size", "_unfruitful", "_url", "_verdict", "expects", "phase",
    )  # fmt: skip

    def __init__(
        self,
        accept: Callable[[Incoming], None],
        hand_over: Callable[[str], bool] | None,
        limits: Limits,
        scheme: Literal["http", "https"],
        local: bool,
    ) -> None:
        self._accept = accept
        self._hand_over = hand_over
        self._limits = limits
        self._scheme = scheme
        self._local = local
        self._verdict: Exception | None = None
        self._reset()

    def _reset(self) -> None:
        self.phase = IDLE
        self.expects = False
        self._raw: list[bytes] | None = None
        self._head_bytes = 0
        self._unfruitful = 0
        self._size = 0
        self._body: bytes | bytearray = b""
        self._parser = HttpRequestParser(self)

    @property
    def received(self) -> int:
        """Bytes of the present body that have come."""
        return self._size

    @property
    def awaits_body(self) -> bool:
        """Nothing of the announced body has come yet."""
        return self.phase == BODY and self._size == 0

    def feed(self, data: bytes) -> None:
        """Read on. Raises Refused or HandOver; after either, feed no more.

        What follows a request that closes its connection is refused too: it is nobody's business.
        """
        phase = self.phase
        if phase == BODY:
            self._feed_body(data)
            return
        if phase == HEAD:
            self._head_bytes += len(data)
            if self._raw is not None:
                self._raw.append(data)
        else:
            self._head_bytes = len(data)
            self._raw = [data]
        self._parse(data)
        if self.phase == HEAD and self._head_bytes > self._limits.head:
            raise self._head_too_large()

    def _feed_body(self, data: bytes) -> None:
        size = self._size
        self._parse(data)
        if self.phase != BODY or self._size != size:
            self._unfruitful = 0
            return
        self._unfruitful += len(data)
        if self._unfruitful > self._limits.head:
            raise self._head_too_large()

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
            return
        except (HttpParserError, HttpParserUpgrade):
            verdict = self._verdict
        if verdict is None:
            raise self._refused(400, "BadRequest", "The request is not well-formed HTTP.")
        if isinstance(verdict, _IgnoredUpgrade):
            self._read_again()
        else:
            raise verdict

    def _read_again(self) -> None:
        """Read the head once more without its Upgrade field, and with it the body that the parser would skip."""
        raw = self._raw
        if raw is None:
            raise HandOver(None, upgrade=False)
        self._verdict = None
        self._reset()
        self.feed(_without_upgrade(b"".join(raw)))

    def close(self) -> None:
        """Part from the parser, which would keep this reader and its connection in a cycle."""
        del self._parser, self._accept

    # What the parser calls. An exception in here stops it; `_parse` raises the one kept in `_verdict`.

    def on_message_begin(self) -> None:
        self.phase = HEAD
        self._url = b""
        self._headers: dict[bytes, bytes] = {}

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > self._limits.url:
            self._stop(self._refused(414, "UriTooLong", f"The URL is longer than {self._limits.url} bytes."))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.phase == BODY:
            # A trailer: nothing that was decided on the head may change behind it.
            return
        name = name.lower()
        headers = self._headers
        if name in headers:
            if name == b"host":
                self._stop(self._refused(400, "BadRequest", "The request has more than one Host header."))
            value = headers[name].rstrip() + b", " + value
        headers[name] = value

    def on_headers_complete(self) -> None:
        if self._raw is None or self._head_bytes > self._limits.head:
            self._measure_head()
        parser = self._parser
        version = parser.get_http_version()
        if version != "1.1":
            self._check_old_version(version)
        headers = self._headers
        if b"host" not in headers and version == "1.1":
            self._stop(self._refused(400, "BadRequest", "The request has no Host header."))
        target = self._url.decode("latin-1")
        if target[0] != "/":
            target = self._origin_form(target)
        path, _, query = target.partition("?")
        upgrade = b"upgrade" in headers and parser.should_upgrade()
        if upgrade or (self._hand_over is not None and self._hand_over(path)):
            self._hand(upgrade)
        self._request = Incoming(
            parser.get_method().decode("ascii"),
            path,
            query,
            headers,
            b"",
            self._scheme,
            self._local,
            False,
            version == "1.0",
        )
        self.phase = BODY
        self._raw = None
        length = headers.get(b"content-length")
        if length is not None and int(length) > self._limits.body:
            self._stop(self._body_too_large())
        if b"transfer-encoding" in headers or b"expect" in headers:
            self._check_body()

    def on_body(self, piece: bytes) -> None:
        held = self._size
        self._size = size = held + len(piece)
        if size > self._limits.body:
            self._stop(self._body_too_large())
        if not held:
            self._body = piece
        elif isinstance(self._body, bytearray):
            self._body += piece
        else:
            # One growing buffer: a body sent byte by byte must not cost an object for each.
            self._body = bytearray(self._body)
            self._body += piece

    def on_message_complete(self) -> None:
        request = self._request
        if self._size:
            body = self._body
            request.body = body if isinstance(body, bytes) else bytes(body)
            self._body = b""
            self._size = 0
        self.expects = False
        self._head_bytes = 0
        self.phase = IDLE
        request.keep_alive = self._parser.should_keep_alive()
        self._accept(request)

    # What a head may not say.

    def _check_old_version(self, version: str) -> None:
        if version != "1.0":
            message = f"HTTP/{version} is not spoken here, HTTP/1.1 is."
            self._stop(self._refused(505, "HttpVersionNotSupported", message))
        if b"transfer-encoding" in self._headers:
            self._stop(self._refused(400, "BadRequest", "HTTP/1.0 has no Transfer-Encoding."))

    def _check_body(self) -> None:
        headers = self._headers
        codings = headers.get(b"transfer-encoding")
        if codings is not None and codings.strip().lower() != b"chunked":
            message = "The only Transfer-Encoding understood here is chunked."
            self._stop(self._refused(501, "NotImplemented", message))
        if b"expect" in headers and not self._request.http_10:
            if headers[b"expect"].strip().lower() != b"100-continue":
                message = "The only expectation that can be met is 100-continue."
                self._stop(self._refused(417, "ExpectationFailed", message))
            self.expects = True

    def _hand(self, upgrade: bool) -> None:
        websocket = upgrade and self._headers[b"upgrade"].strip().lower() == b"websocket"
        if upgrade and not websocket:
            self._stop(_IgnoredUpgrade())
        raw = None if self._raw is None else b"".join(self._raw)
        self._stop(HandOver(raw, websocket))

    def _origin_form(self, target: str) -> str:
        """The path and query of a target in another form than /path?query."""
        if target == "*":
            return target
        try:
            parts = urlsplit(target)
        except ValueError:
            parts = urlsplit("")
        if not parts.netloc:
            self._stop(self._refused(400, "BadRequest", "The request's target is neither a path nor a URL."))
        # The authority in the target outranks the Host field (RFC 9112, 3.2.2).
        self._headers[b"host"] = parts.netloc.encode("latin-1")
        path = parts.path or "/"
        return f"{path}?{parts.query}" if parts.query else path

    def _measure_head(self) -> None:
        size = len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers.items())
        if size > self._limits.head:
            self._stop(self._head_too_large())

    def _head_too_large(self) -> Refused:
        message = f"The request's header fields are larger than {self._limits.head} bytes."
        return self._refused(431, "RequestHeaderFieldsTooLarge", message)

    def _body_too_large(self) -> Refused:
        message = f"The request body is larger than {self._limits.body} bytes."
        return self._refused(413, "RequestEntityTooLarge", message)

    def _refused(self, status: int, code: str, message: str) -> Refused:
        return Refused(status, code, message, bodiless=self._parser.get_method() == b"HEAD")

    def _stop(self, verdict: Exception) -> None:
        self._verdict = verdict
        raise verdict


def _without_upgrade(raw: bytes) -> bytes:
    head, end, rest = raw.lstrip(b"\r\n").partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"upgrade:")]
    return b"\r\n".join(lines) + end + rest
