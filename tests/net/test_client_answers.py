"""What a reply is, for every way in which an answer can be framed, cut or spoilt."""

import asyncio

import pytest

from tests.net.upstream import HELLO, Line, answer, client, turns, upstream
from zaffre.net.client.reply import HIGH_WATER
from zaffre.net.failures import Broken

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


async def test_a_reply_has_status_and_headers() -> None:
    head = b"HTTP/1.1 429 Slow Down\r\nRetry-After: 7 \r\nX-Twice: a\r\nx-twice: b\r\nContent-Length: 0\r\n\r\n"
    async with upstream(answer(head)) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        assert reply.status == 429
        assert reply.headers == {b"retry-after": b"7", b"x-twice": b"b", b"content-length": b"0"}
        assert await reply.read() == b""


@pytest.mark.parametrize(
    ("answered", "body"),
    [
        (HELLO, b"hello"),
        (CHUNKED + b"2\r\nhe\r\n3;ext=1\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", b"hello"),
        (OK + b"\r\nhello", b"hello"),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HELLO, b"hello"),
    ],
    ids=["length", "chunked", "until-close", "http-1.0", "204", "204-length", "304-length", "informational"],
)
@pytest.mark.parametrize("way", ["read", "batches"])
async def test_a_body_ends_where_its_framing_says(answered: bytes, body: bytes, way: str) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(answered)  # and close

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        got = await reply.read() if way == "read" else b"".join([batch async for batch in reply])
        assert got == body


async def test_the_answer_to_head_has_no_body_whatever_it_announces() -> None:
    heads = answer(OK + b"Content-Length: 5\r\n\r\n", OK + b"Content-Length: 0\r\n\r\n")
    async with upstream(heads) as server, client() as http:
        pool = http.pool(server.url)
        for _ in range(2):
            reply = await pool.send("HEAD", "/", [])
            assert (reply.status, await reply.read()) == (200, b"")


async def test_what_follows_the_answer_to_head_is_no_body_and_ends_the_connection() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url)
        for count in (1, 2):
            assert await (await pool.send("HEAD", "/", [])).read() == b""
            await server.lines[-1].gone.wait()
            assert len(server.lines) == count


@pytest.mark.parametrize(
    "coding",
    [b"gzip", b"identity", b"xchunked", b"chunked, gzip", b"chunked\r\nTransfer-Encoding: gzip"],
    ids=["gzip", "identity", "xchunked", "gzip-outside", "gzip-outside-on-its-own-line"],
)
async def test_a_body_in_a_coding_nobody_here_reads_is_never_taken_for_a_whole_one(coding: bytes) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(OK + b"Transfer-Encoding: " + coding + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        with pytest.raises(Broken, match="in the middle"):
            await reply.read()


async def test_a_body_that_came_with_the_head_is_read_without_a_suspension() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        with pytest.raises(StopIteration) as done:
            reply.read().send(None)
        assert done.value.value == b"hello"


async def test_a_whole_body_is_one_wake_up_however_many_reads_bring_it() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED, *[b"1\r\nx\r\n"] * 50, b"0\r\n\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        reading = reply.read()
        future = reading.send(None)  # it waits, once
        await asyncio.wait({future})
        with pytest.raises(StopIteration) as done:
            reading.send(None)
        assert done.value.value == b"x" * 50


async def test_batches_hold_all_that_came_since() -> None:
    written = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED, b"1\r\na\r\n", b"1\r\nb\r\n", b"1\r\nc\r\n")
        written.set()
        await line.say(b"1\r\nd\r\n0\r\n\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        await written.wait()
        batches = [batch async for batch in reply]
        assert batches[0].startswith(b"abc")
        assert b"".join(batches) == b"abcd"


async def test_each_event_is_there_as_soon_as_it_was_sent() -> None:
    go_on = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED)
        for _ in range(3):
            await line.say(b"4\r\nping\r\n")
            await go_on.wait()
            go_on.clear()
        await line.say(b"0\r\n\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        count = 0
        async for batch in reply:
            assert batch == b"ping"
            count += 1
            go_on.set()
        assert count == 3


@pytest.mark.parametrize(
    "cut", [OK + b"Content-Length: 9\r\n\r\nhello", CHUNKED + b"5\r\nhello\r\n", CHUNKED + b"9\r\nhello"]
)
async def test_a_body_cut_short_is_broken_after_what_did_come(cut: bytes) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(cut)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=0)
        reply = await pool.send("GET", "/", [])
        assert await anext(reply) == b"hello"
        with pytest.raises(Broken, match="in the middle"):
            await anext(reply)
        with pytest.raises(Broken, match="in the middle"):
            await (await pool.send("GET", "/", [])).read()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        OK + b"X: \0\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["ssh", "status-0", "upgrade", "two-lengths", "length-and-chunked", "folded", "nul"],
)
async def test_what_is_not_an_answer_is_broken(nonsense: bytes) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(nonsense)
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        with pytest.raises(Broken, match="not HTTP"):
            await http.pool(server.url).send("GET", "/", [])
        await server.lines[0].gone.wait()


async def test_a_spoilt_chunk_is_broken() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED, b"5\r\nhello\r\n", b"zz\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        with pytest.raises(Broken, match="not HTTP"):
            await (await http.pool(server.url).send("GET", "/", [])).read()


@pytest.mark.parametrize(
    "pieces",
    [
        [OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n"],
        [OK] + [b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(70)] + [b"\r\n"],
        [OK + b"X: "] + [b"x" * 10_000] * 1000,
        [b"HTTP/1.1 100 Continue\r\n\r\n" * 100] * 100,
    ],
    ids=["one-field", "many-fields", "without-an-end", "informational-for-ever"],
)
async def test_a_head_over_64_kilobytes_is_refused(pieces: list[bytes]) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(*pieces)
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        with pytest.raises(Broken, match="head"):
            await http.pool(server.url).send("GET", "/", [])


async def test_trailers_without_an_end_are_refused() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED + b"1\r\nx\r\n0\r\n", *[b"X-%d: y\r\n" % n * 1000 for n in range(100)])
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        with pytest.raises(Broken, match="trailer"):
            await (await http.pool(server.url).send("GET", "/", [])).read()


@pytest.mark.parametrize("size", [100, 300_000])
async def test_a_body_over_the_limit_is_refused(size: int) -> None:
    async with upstream(answer(OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)) as server, client() as http:
        pool = http.pool(server.url)
        assert len(await (await pool.send("GET", "/", [])).read(size)) == size
        with pytest.raises(Broken, match=f"larger than {size - 1} bytes"):
            await (await pool.send("GET", "/", [])).read(size - 1)


async def test_the_limit_counts_the_body_not_its_framing() -> None:
    chunks = [b"1\r\nx\r\n" * 1000] * 20
    async with upstream(answer(CHUNKED + b"".join(chunks) + b"0\r\n\r\n")) as server, client() as http:
        assert len(await (await http.pool(server.url).send("GET", "/", [])).read(20_000)) == 20_000


async def test_a_reader_that_stalls_makes_the_upstream_wait() -> None:
    total = 64 * 1024 * 1024
    sent = 0

    async def script(line: Line) -> None:
        nonlocal sent
        await line.request()
        line.writer.write(OK + b"Content-Length: %d\r\n\r\n" % total)
        while sent < total:
            line.writer.write(b"x" * 65536)
            await line.writer.drain()
            sent += 65536
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        before = -1
        while before != sent:
            before = sent
            await turns(200)
        assert sent < total / 2  # what the system's socket buffers hold, not more
        first = await anext(reply)
        assert len(first) < HIGH_WATER + 512 * 1024
        assert len(first) + sum([len(batch) async for batch in reply]) == total


async def test_a_closed_reply_is_over() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED, b"1\r\nx\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        reply = await http.pool(server.url).send("GET", "/", [])
        reply.close()
        reply.close()
        await server.lines[0].gone.wait()
        with pytest.raises(Broken, match="closed"):
            await reply.read()


async def test_closing_a_complete_reply_keeps_its_connection() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url)
        for _ in range(3):
            (await pool.send("GET", "/", [])).close()
        assert len(server.lines) == 1
