"""The same bytes, read by our server and by h11: the same requests, or a difference that has a name here.

Two readers that disagree about where a request ends are what smuggling needs.
"""

import re
from collections.abc import Iterable, Sequence

import h11
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from tests.net.in_memory import cut, read_requests
from tests.net.messages import messages
from zaffre.net.server.reader import Refused

MANY = settings(max_examples=400, deadline=None)


class Asked(Struct, frozen=True):
    """A whole request; a repeated field is joined."""

    method: str
    target: str
    headers: dict[bytes, bytes]
    body: bytes


def ours(pieces: Sequence[bytes]) -> tuple[list[Asked], Refused | None]:
    """The requests that our server would answer, and its refusal."""
    requests, refusal = read_requests(pieces)
    return [
        Asked(
            request.method,
            f"{request.path}?{request.query}" if request.query else request.path,
            _comparable(request.headers.items()),
            request.body,
        )
        for request in requests
    ], refusal


def reference(data: bytes) -> list[Asked]:
    """The requests that h11 reads until it refuses or the bytes end."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    connection.receive_data(b"")
    asked: list[Asked] = []
    try:
        while (request := connection.next_event()) and isinstance(request, h11.Request):
            body = b""
            while isinstance(event := connection.next_event(), h11.Data):
                body += event.data
            if not isinstance(event, h11.EndOfMessage):
                break
            fields = _comparable((bytes(name), bytes(value)) for name, value in request.headers)
            asked.append(Asked(request.method.decode(), request.target.decode("latin-1"), fields, body))
            connection.send(h11.Response(status_code=204, headers=[]))
            connection.send(h11.EndOfMessage())
            connection.start_next_cycle()
    except h11.ProtocolError:
        pass
    return asked


def _comparable(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    joined: dict[bytes, bytes] = {}
    for name, value in fields:
        value = value.lower() if name == b"transfer-encoding" else value
        joined[name] = joined[name] + b", " + value if name in joined else value
    return {name: value.strip() for name, value in joined.items()}


BOTH = rb"(?is)\ncontent-length:.*\ntransfer-encoding:|\ntransfer-encoding:.*\ncontent-length:"
WE_REFUSE = {
    "a line that ends without a carriage return: where it ends is a matter of opinion": rb"(?<!\r)\n",
    "a carriage return without its newline": rb"\r(?!\n)",
    "a field on two lines, which nobody may send any more (RFC 9112, 5.2)": rb"\n[ \t]",
    "two lengths, though they be equal": rb"(?is)\ncontent-length:.*\ncontent-length:|\ncontent-length:[^\r]*,",
    "a length beside a coding, which is how requests are smuggled (RFC 9112, 6.1)": BOTH,
    "a control character in a field": rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]",
    "a version that there is not": rb"HTTP/(?!1\.[01])",
    "space around a chunk's extension, or an extension without a name": rb"(?m)^[0-9a-fA-F]+(;[^\r\n]*)?( |;\r)",
    "a method that nobody has heard of": rb"BREW|get|CONNECT|[^\n](GET|POST|HEAD|DELETE|OPTIONS) ",
    "chunks, which HTTP/1.0 does not have": rb"(?is)HTTP/1\.0.*transfer-encoding",
    "a target that is neither a path nor a URL": rb" (foo|/\xe9) HTTP",
}
"""What h11 takes and we do not, as a pattern in the bytes."""

WE_TAKE = {
    "leading zeros of a chunk's size, however many": rb"(?m)^0{10,}",
    "empty lines before a request (RFC 9112, 2.2)": rb"\r\n\r\n\r\n|(?<![\r\n])\r?\n[A-Z]{3,7} [/*]",
    "several spaces before the target": rb"[A-Z]{3}  ",
    "a connection of HTTP/1.0 that says it is kept": rb"(?is)HTTP/1\.0.*keep-alive",
}
"""What we take and h11 does not."""


def explained(data: bytes, differences: dict[str, bytes]) -> bool:
    return any(re.search(pattern, data) for pattern in differences.values())


def compare(data: bytes, places: Sequence[int]) -> None:
    mine, _ = ours(cut(data, places))
    assert mine == ours([data])[0]
    theirs = reference(data)
    assert all(one == other for one, other in zip(mine, theirs, strict=False))
    assert len(mine) >= len(theirs) or explained(data, WE_REFUSE)
    assert len(mine) <= len(theirs) or explained(data, WE_TAKE)


starts = st.sampled_from(
    [b"POST /a?b=c HTTP/1.1"] * 12
    + [b"GET / HTTP/1.1", b"HEAD /x HTTP/1.1", b"DELETE /%20 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"POST / HTTP/1.0"]
    + [b"BREW / HTTP/1.1", b"get / HTTP/1.1", b"CONNECT a:1 HTTP/1.1", b"POST foo HTTP/1.1", b"POST /\xe9 HTTP/1.1"]
    + [
        b"POST / HTTP/1.2",
        b"POST / HTTP/2.0",
        b"POST /a b HTTP/1.1",
        b"POST  / HTTP/1.1",
        b"POST /",
        b"POST / http/1.1",
    ]
)
hosts = st.sampled_from([b"Host: a\r\n"] * 12 + [b"", b"Host: a\r\nHost: b\r\n", b"Host:\r\n", b"Host: a, b\r\n"])
requests = st.builds(lambda start, host: messages(start, host=host), starts, hosts).flatmap(lambda drawn: drawn)
behind = st.sampled_from([b"", b"\r\n", b"GET /more HTTP/1.1\r\nHost: a\r\n\r\n"])
streams = st.builds(
    lambda whole, late, missing: (b"".join(whole) + late)[: -missing or None],
    st.lists(requests, min_size=1, max_size=2),
    behind,
    st.one_of(st.just(0), st.just(0), st.integers(0, 60)),
)
places = st.lists(st.integers(0, 400), max_size=8)


@MANY
@given(streams, places)
def test_requests_are_what_h11_reads_in_the_same_bytes(data: bytes, places: list[int]) -> None:
    compare(data, places)


@settings(max_examples=100, deadline=None)
@given(streams)
def test_requests_cut_everywhere_are_the_same(data: bytes) -> None:
    compare(data, range(len(data)))
