"""What holds for any bytes from an upstream, however the network cuts them."""

import asyncio
from contextlib import suppress
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.net.upstream import HELLO, Line, Script, client, upstream
from zaffre.net.client.reply import Reply
from zaffre.net.failures import Broken, UpstreamFailure

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])

bodies = st.binary(max_size=300)
names = st.text("abcdefgXYZ-", min_size=1, max_size=12).map(str.encode)
values = st.text("abc /;=\t\xe9", max_size=20).map(lambda text: text.strip().encode("latin-1"))
fields = st.lists(st.tuples(names.filter(lambda name: name.lower() != b"te"), values), max_size=6)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, int, bytes]:
    """An answer's bytes, its status and its body. It always ends with the connection."""
    status = draw(st.integers(200, 599).filter(lambda status: status not in (204, 304)))
    body, framing = draw(bodies), draw(st.sampled_from(["length", "chunked", "close"]))
    head = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"]))
    head += b"HTTP/1.1 %d Reason\r\n" % status
    head += b"".join(b"%b: %b\r\n" % field for field in draw(fields))
    if framing == "length":
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body, status, body
    if framing == "close":
        return head + b"\r\n" + body, status, body
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(body) - 1)), max_size=5)) | {0, len(body)})
    # An empty chunk would be the end.
    pieces = [piece for start, end in pairwise(cuts) if (piece := body[start:end])]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n", status, body


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The bytes in pieces, cut at these places as far as they lie within."""
    at = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(at)]


def saying(pieces: list[bytes]) -> Script:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(*pieces)

    return script


async def ask(pieces: list[bytes], way: str) -> tuple[Reply, bytes]:
    """What a client makes of an upstream that says these pieces and closes."""
    async with upstream(saying(pieces)) as server, client() as http, asyncio.timeout(20):
        reply = await http.pool(server.url).send("POST", "/", [], b"{}")
        body = await reply.read() if way == "read" else b"".join([batch async for batch in reply])
        return reply, body


@FEW
@given(answers(), st.lists(st.integers(0, 1000), max_size=8), st.sampled_from(["read", "batches"]))
async def test_an_answer_cut_anywhere_is_the_same_reply(
    answer: tuple[bytes, int, bytes], places: list[int], way: str
) -> None:
    data, status, body = answer
    whole, whole_body = await ask([data], "read")
    reply, got = await ask(cut(data, places), way)
    assert (reply.status, got) == (whole.status, whole_body) == (status, body)
    assert reply.headers == whole.headers


@FEW
@given(answers(), st.data())
async def test_an_answer_that_stops_anywhere_is_never_taken_for_a_whole_one(
    answer: tuple[bytes, int, bytes], data: st.DataObject
) -> None:
    whole, _, body = answer
    stop = data.draw(st.integers(0, len(whole) - 1))
    try:
        reply, got = await ask([whole[:stop]], "read")
    except Broken:
        return
    # Only the end of the connection ends such a body: what did come counts as whole.
    assert b"content-length" not in reply.headers
    assert b"transfer-encoding" not in reply.headers
    assert body.startswith(got)


@FEW
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail, st.binary(max_size=200)),
        st.builds(
            lambda answer, place, noise: answer[0][:place] + noise + answer[0][place + 1 :],
            answers(), st.integers(0, 300), st.binary(max_size=4),
        ),
    ),
    st.lists(st.integers(0, 300), max_size=3),
)  # fmt: skip
async def test_any_bytes_at_all_are_an_answer_or_a_failure(data: bytes, places: list[int]) -> None:
    try:
        reply, _ = await ask(cut(data, places), "read")
    except UpstreamFailure:
        return
    assert 200 <= reply.status <= 999


ENDS = st.sampled_from(["answers", "answers and closes", "closes", "resets", "begins and closes"])
"""What an upstream does with a request that it has read."""


@FEW
@given(st.lists(ENDS, min_size=2, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
async def test_no_upstream_reads_a_post_twice(ends: list[str], shut: list[bool]) -> None:
    """Whatever it does with those before it, also where it closes while nothing is asked."""
    read: list[bytes] = []
    left = iter(ends)

    async def script(line: Line) -> None:
        while (body := await line.request()) is not None:
            read.append(body)
            end = next(left, "answers")
            if end.startswith("answers"):
                await line.say(HELLO)
            elif end == "begins and closes":
                await line.say(b"HTT")
            elif end == "resets":
                line.reset()
            if end != "answers":
                return

    async with upstream(script) as server, client() as http, asyncio.timeout(20):
        pool = http.pool(server.url)
        for number, closes in zip(range(len(ends)), shut, strict=False):
            with suppress(Broken):
                await (await pool.send("POST", "/", [], b"%d" % number)).read()
            if closes and not server.lines[-1].writer.is_closing():
                server.lines[-1].shut()
    assert len(set(read)) == len(read)
