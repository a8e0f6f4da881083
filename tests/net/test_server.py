"""What the lane and the ASGI application both do with a handler."""

import asyncio
import logging
from collections.abc import AsyncGenerator

import pytest

from tests.net.serving import QUICK, WAYS, asked, connected, echo, serving
from zaffre.net.http import Hangup, Limits, Request, Response

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
TEXT = [(b"content-type", b"text/plain")]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return request.param


class Stream:
    """A body that remembers what became of it."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces = pieces
        self.error = error
        self.begun = False
        self.closed = asyncio.Event()

    async def body(self) -> AsyncGenerator[bytes, None]:
        self.begun = True
        try:
            for piece in self.pieces:
                yield piece
            if self.error is not None:
                raise self.error
        finally:
            self.closed.set()

    async def handle(self, request: Request) -> Response:
        return Response(200, TEXT, self.body())


async def test_an_answer_is_written_with_its_fields_its_length_and_a_date(way: str) -> None:
    async def handle(request: Request) -> Response:
        return Response(201, [(b"content-type", b"a/b"), (b"x-one", b"1")], b"hello")

    async with serving(handle, way) as address:
        answer = await asked(address, GET)
    assert (answer.status, answer.body) == (201, b"hello")
    assert answer.headers["content-type"] == "a/b"
    assert answer.headers["x-one"] == "1"
    assert answer.headers["content-length"] == "5"
    assert answer.headers["server"] == "zaffre"
    assert answer.headers["date"].endswith(" GMT")


async def test_the_handler_gets_method_path_query_scheme_and_body(way: str) -> None:
    async with serving(echo, way) as address:
        answer = await asked(address, b"PUT /a%20b/c?x=1&y=%20 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
    assert answer.body == b"PUT\n/a%20b/c\nx=1&y=%20\nhttp\nbody"


async def test_a_repeated_field_is_joined(way: str) -> None:
    async def handle(request: Request) -> Response:
        return Response(200, TEXT, request.headers[b"x-one"])

    async with serving(handle, way) as address:
        answer = await asked(address, b"GET / HTTP/1.1\r\nHost: a\r\nX-One: 1 \r\nx-one: 2\r\n\r\n")
    assert answer.body == b"1, 2"


async def test_a_chunked_body_arrives_whole(way: str) -> None:
    async with serving(echo, way) as address, connected(address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"3;note=x\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert (await client.answer()).body.endswith(b"\nabcde")
        client.send(GET)
        assert (await client.answer()).body == b"GET\n/\n\nhttp\n"


async def test_a_connection_serves_on(way: str) -> None:
    async with serving(echo, way) as address, connected(address) as client:
        for path in (b"/1", b"/2", b"/3"):
            client.send(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await client.answer()).body.split(b"\n")[1] == path


async def test_a_stream_comes_piece_by_piece(way: str) -> None:
    go_on = asyncio.Event()

    async def body() -> AsyncGenerator[bytes, None]:
        yield b"first "
        await go_on.wait()
        yield b""
        yield b"second"

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with serving(handle, way) as address, connected(address) as client:
        client.send(GET)
        async with asyncio.timeout(10):
            head = await client.reader.readuntil(b"\r\n\r\n")
        assert b"transfer-encoding: chunked\r\n" in head
        assert await client.read(11) == b"6\r\nfirst \r\n"
        go_on.set()
        assert await client.read(16) == b"6\r\nsecond\r\n0\r\n\r\n"
        client.send(GET)
        assert (await client.answer()).body == b"first second"


async def test_head_gets_the_head_of_the_answer_alone(way: str) -> None:
    async with serving(echo, way) as address, connected(address) as client:
        client.send(b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await client.answer(bodiless=True)).headers["content-length"] == str(len(b"HEAD\n/x\n\nhttp\n"))
        client.send(GET)
        assert (await client.answer()).status == 200


async def test_the_stream_of_a_head_request_is_closed_unread(way: str) -> None:
    stream = Stream(b"a")
    async with serving(stream.handle, way) as address, connected(address) as client:
        client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        await client.answer(bodiless=True)
        client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        await client.answer(bodiless=True)
    assert not stream.begun


async def test_no_content_has_neither_body_nor_length(way: str) -> None:
    async def handle(request: Request) -> Response:
        return Response(204, [], b"ignored")

    async with serving(handle, way) as address, connected(address) as client:
        for _ in range(2):
            client.send(GET)
            answer = await client.answer()
            assert answer.status == 204
            assert "content-length" not in answer.headers
            assert "transfer-encoding" not in answer.headers


async def test_what_a_handler_did_not_expect_is_logged_once_and_answered_500(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(request: Request) -> Response:
        raise RuntimeError("surprise")

    async with serving(handle, way) as address:
        answer = await asked(
            address, b"POST /p HTTP/1.1\r\nHost: a\r\nX-Key: hidden\r\nContent-Length: 6\r\n\r\nsecret"
        )
    assert (answer.status, answer.body) == (500, b"InternalServerError: The server failed on this request.")
    [record] = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("zaffre.net", logging.ERROR, "POST /p failed")
    assert "secret" not in caplog.text
    assert "hidden" not in caplog.text


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
async def test_a_field_that_would_end_its_line_early_is_never_written(way: str, value: bytes) -> None:
    async def handle(request: Request) -> Response:
        return Response(200, [(b"x-one", value)], b"")

    async with serving(handle, way) as address:
        answer = await asked(address, GET)
    assert answer.status == 500
    assert "x-one" not in answer.headers


async def test_the_stream_of_an_unwritable_answer_is_closed(way: str) -> None:
    stream = Stream(b"a")

    async def handle(request: Request) -> Response:
        body = stream.body()
        await anext(body)
        return Response(200, [(b"x-one", b"a\nb")], body)

    async with serving(handle, way) as address:
        assert (await asked(address, GET)).status == 500
        assert stream.closed.is_set()


async def test_a_handler_may_hang_up(way: str) -> None:
    async def handle(request: Request) -> Response:
        raise Hangup

    async with serving(handle, way) as address, connected(address) as client:
        client.send(GET)
        rest = await client.rest()
    assert rest == b"" or (b"content-length: 1\r\n" in rest and rest.endswith(b"\r\n\r\n"))


@pytest.mark.parametrize("error", [RuntimeError("x"), Hangup()])
async def test_a_stream_that_fails_is_seen_to_be_broken(way: str, error: Exception) -> None:
    stream = Stream(b"one ", b"two", error=error)
    async with serving(stream.handle, way) as address:
        answer = await asked(address, GET)
        assert (answer.body, answer.complete) == (b"one two", False)
        assert stream.closed.is_set()


async def test_a_client_that_goes_cancels_the_handler(way: str) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def handle(request: Request) -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    async with serving(handle, way) as address, asyncio.timeout(10):
        async with connected(address) as client:
            client.send(GET)
            await started.wait()
        await cancelled.wait()


async def test_a_client_that_goes_closes_the_stream(way: str) -> None:
    stream = Stream()

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            stream.closed.set()

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with serving(handle, way) as address, asyncio.timeout(10):
        async with connected(address) as client:
            client.send(GET)
            await client.reader.readuntil(b"first")
        await stream.closed.wait()


async def test_what_a_cancelled_handler_still_has_to_do_is_waited_for_once(way: str) -> None:
    started, finish, settled = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(request: Request) -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await finish.wait()
            settled.set()
        raise AssertionError

    async with serving(handle, way) as address:
        async with connected(address) as client:
            client.send(GET)
            await started.wait()
        asyncio.get_running_loop().call_later(0.05, finish.set)
    assert settled.is_set()


@pytest.mark.parametrize("last_words", [Response(200, TEXT, b"never mind"), Hangup(), OSError("no more files")])
async def test_a_handler_that_goes_on_when_it_is_cancelled_leaves_nothing_behind(
    way: str, last_words: Response | Exception
) -> None:
    started = asyncio.Event()

    async def handle(request: Request) -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if isinstance(last_words, Response):
                return last_words
            raise last_words from None
        raise AssertionError

    async with serving(handle, way) as address:
        before = asyncio.all_tasks()
        async with connected(address) as client:
            client.send(GET)
            await started.wait()
        running = asyncio.all_tasks() - before
        if running:
            _, running = await asyncio.wait(running, timeout=10)
        assert not running


async def test_a_stalled_client_holds_the_source_back(way: str) -> None:
    pulled = 0

    async def body() -> AsyncGenerator[bytes, None]:
        nonlocal pulled
        for _ in range(400):
            pulled += 65536
            yield bytes(65536)

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with serving(handle, way) as address, connected(address) as client:
        client.send(GET)
        before = -1
        while before != pulled or not pulled:
            before = pulled
            await asyncio.sleep(0.1)
        # The server's kernel takes some four megabytes on top of what the server lets wait.
        assert pulled < 8_000_000
        assert len((await client.answer()).body) == 400 * 65536


async def test_a_source_that_never_waits_leaves_turns_to_others(way: str) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def body() -> AsyncGenerator[bytes, None]:
        before = turns
        for _ in range(10):
            yield bytes(70_000)
        yield b"%d" % (turns - before)

    async def handle(request: Request) -> Response:
        return Response(200, TEXT, body())

    async with serving(handle, way) as address, connected(address) as client:
        counting = asyncio.create_task(count())
        client.send(GET)
        assert int((await client.answer()).body.lstrip(b"\0")) >= 10
        counting.cancel()


async def test_a_body_that_says_it_is_too_large_is_refused(way: str) -> None:
    async with serving(echo, way, limits=Limits(body=100)) as address, connected(address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + bytes(3000000))
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert answer.body == b"RequestEntityTooLarge: The request body is larger than 100 bytes."
        assert await client.end() == b""


async def test_a_body_that_grows_too_large_is_refused(way: str) -> None:
    async with serving(echo, way, limits=Limits(body=100)) as address, connected(address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(60):
            client.send(b"10000\r\n" + bytes(65536) + b"\r\n")
        client.send(b"0\r\n\r\n")
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert await client.end() == b""


async def test_a_body_up_to_the_limit_is_taken(way: str) -> None:
    async with serving(echo, way, limits=Limits(body=4)) as address:
        assert (await asked(address, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd")).status == 200


async def test_a_body_that_stalls_is_given_up(way: str) -> None:
    async with serving(echo, way, limits=Limits(body_idle=0.05, sweep=0.01)) as address:
        answer = await asked(address, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc")
    assert (answer.status, answer.headers["connection"]) == (408, "close")


async def test_a_client_that_asks_first_is_told_to_go_on(way: str) -> None:
    async with serving(echo, way) as address, connected(address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.answer()).status == 100
        client.send(b"body")
        assert (await client.answer()).body.endswith(b"body")


async def test_a_client_that_asks_first_for_too_much_is_refused_at_once(way: str) -> None:
    async with serving(echo, way, limits=Limits(body=3, linger=60)) as address, connected(address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.answer()).status == 413


async def test_a_body_sent_byte_by_byte_arrives_whole(way: str) -> None:
    async with serving(echo, way, limits=QUICK) as address, connected(address) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
        for number in range(20):
            client.send(b"%d" % (number % 10))
            await asyncio.sleep(0)
        assert (await client.answer()).body.endswith(b"01234567890123456789")
