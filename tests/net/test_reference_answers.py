"""The same bytes, read by our client and by h11: the same answer, or a difference that has a name here."""

import re
from collections.abc import Sequence

import h11
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from tests.net.in_memory import answered, cut
from tests.net.messages import messages
from zaffre.net.failures import UpstreamFailure

MANY = settings(max_examples=400, deadline=None)


class Answer(Struct, frozen=True):
    """A whole answer; of a repeated field the last."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def ours(method: str, pieces: Sequence[bytes]) -> tuple[Answer | None, bool]:
    """What our client reads, None where it refuses; and whether it keeps the connection."""
    reply, kept = await answered(method, pieces)
    if not reply.status:
        return None, kept
    try:
        answer = Answer(reply.status, dict(reply.headers), await reply.read())
    except UpstreamFailure:
        return None, kept
    if coding := answer.headers.get(b"transfer-encoding"):
        answer.headers[b"transfer-encoding"] = coding.lower()  # as h11 gives it
    return answer, kept


def reference(method: str, data: bytes) -> tuple[Answer | None, bool]:
    """What h11 reads, None where it refuses; and whether it may be asked again."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    answer, body = None, b""
    try:
        connection.receive_data(data)
        connection.receive_data(b"")
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                answer = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return None, False
    except h11.RemoteProtocolError:
        return None, False
    assert answer is not None
    kept = connection.their_state is h11.DONE and not connection.trailing_data[0]
    headers = {bytes(name): bytes(value) for name, value in answer.headers}
    return Answer(answer.status_code, headers, body), kept


BOTH = rb"(?is)\ncontent-length:.*\ntransfer-encoding:|\ntransfer-encoding:.*\ncontent-length:"
WE_REFUSE = {
    "a line that ends without a carriage return: where it ends is a matter of opinion": rb"(?<!\r)\n",
    "a carriage return without its newline": rb"\r(?!\n)",
    "a field on two lines, which nobody may send any more (RFC 9112, 5.2)": rb"\n[ \t]",
    "two lengths, though they be equal": rb"(?is)\ncontent-length:.*\ncontent-length:|\ncontent-length:[^\r]*,",
    "a length beside a coding, which is how answers are smuggled (RFC 9112, 6.1)": BOTH,
    "a control character in a field": rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]",
    "a version that there is not": rb"HTTP/(?!1\.[01])",
    "space around a chunk's extension, or an extension without a name": rb"(?m)^[0-9a-fA-F]+(;[^\r\n]*)?( |;\r)",
}
"""What h11 takes and we do not, as a pattern in the bytes."""

WE_TAKE = {
    "empty lines before the answer, which some servers leave behind the last one": rb"\A(HTTP/.*\r\n\r\n)?[\r\n]+HTTP",
    "leading zeros of a chunk's size, however many": rb"(?m)^0{10,}",
    "chunked said twice, as badly configured proxies do": rb"(?is)transfer-encoding:.*chunked.*chunked",
    "a coding inside the chunks, which whoever reads the body will find": rb"(?is)transfer-encoding:.*, *chunked",
}
"""What we take and h11 does not."""
WE_KEEP = {
    "a connection of HTTP/1.0 that says it is kept": rb"(?is)HTTP/1\.0.*keep-alive",
    "empty lines behind the answer": rb"[\r\n]+\Z",
}
"""After what we use a connection again and h11 does not."""


def explained(data: bytes, differences: dict[str, bytes]) -> bool:
    return any(re.search(pattern, data) for pattern in differences.values())


async def compare(method: str, data: bytes, places: Sequence[int]) -> None:
    mine, kept = await ours(method, cut(data, places))
    whole, _ = await ours(method, [data])
    assert mine == whole
    theirs, may_keep = reference(method, data)
    if mine is None:
        assert theirs is None or explained(data, WE_REFUSE)
        assert not kept
    elif theirs is None:
        without_body = method == "HEAD" or mine.status in (204, 304)
        # A coding does not matter where nothing is coded.
        assert explained(data, WE_TAKE) or (without_body and b"transfer-encoding" in mine.headers)
    else:
        assert mine == theirs
        assert may_keep or not kept or explained(data, WE_KEEP)


starts = st.sampled_from(
    [b"HTTP/1.1 200 OK"] * 8
    + [b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 200", b"HTTP/1.1 429 ", b"HTTP/1.0 200 OK"]
    + [b"HTTP/1.1 99 Low", b"HTTP/1.1 2000 High", b"HTTP/1.1 +20 Odd", b"HTTP/1.2 200 OK", b"HTTP/1.1  200 OK"]
    + [b"http/1.1 200 OK", b"HTTP/1.1 101 Switching"]
)
before = st.sampled_from(
    [b""] * 8
    + [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: a\r\nLink: b\r\n\r\n" * 2]
    + [b"HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n", b"\r\n", b"garbage\r\n\r\n"]
)
behind = st.sampled_from([b""] * 6 + [b"\r\n", b"more", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"])
answers = st.builds(
    lambda early, whole, late, missing: (early + whole + late)[: -missing or None],
    before,
    starts.flatmap(messages),
    behind,
    st.one_of(st.just(0), st.just(0), st.integers(0, 60)),
)
places = st.lists(st.integers(0, 300), max_size=8)


@MANY
@given(answers, places)
async def test_an_answer_is_what_h11_reads_in_the_same_bytes(data: bytes, places: list[int]) -> None:
    await compare("POST", data, places)


@MANY
@given(answers, places)
async def test_the_answer_to_head_is_what_h11_reads_in_the_same_bytes(data: bytes, places: list[int]) -> None:
    await compare("HEAD", data, places)


@settings(max_examples=60, deadline=None)
@given(answers)
async def test_an_answer_cut_everywhere_is_the_same(data: bytes) -> None:
    await compare("GET", data, range(len(data)))
