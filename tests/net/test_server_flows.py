"""Answers whose bodies flow: they are written when they come, at the client's pace."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable

import pytest

from tests.net.serving import WAYS, asked, get, line_to, serving, settled
from zaffre.core.flow import Flow
from zaffre.net.http import Hangup, Request, Response
from zaffre.net.server.lane import Lane

GET = get()
TEXT = [(b"content-type", b"text/plain")]


class Spring(Flow[bytes]):
    """A body that comes when a test says so."""

    def __init__(self, *pieces: bytes | Exception, over: bool = True) -> None:
        self.waiting = deque(pieces)
        self.over = over
        self.more = False
        self.is_closed = False
        self.heard = asyncio.Event()
        """Somebody listens."""
        self._news: Callable[[], None] | None = None

    def pour(self, *pieces: bytes | Exception, over: bool = False) -> None:
        self.waiting += pieces
        self.over = over
        if self._news is not None:
            self._news()

    def take(self) -> bytes | None:
        if not self.waiting:
            if self.over:
                raise StopAsyncIteration
            return None
        piece = self.waiting.popleft()
        if isinstance(piece, Exception):
            raise piece
        self.more = self.over or bool(self.waiting)
        return piece

    def listen(self, news: Callable[[], None] | None) -> None:
        self._news = news
        self.heard.set()

    def close(self) -> None:
        self.is_closed = True


def serves(body: Flow[bytes]) -> Callable[[Request], "asyncio.Future[Response]"]:
    def handle(request: Request) -> asyncio.Future[Response]:
        answered = asyncio.get_running_loop().create_future()
        answered.set_result(Response(200, TEXT, body))
        return answered

    return handle


async def test_what_is_there_is_sent_together() -> None:
    async with line_to(serves(Spring(b"one", b"", b"two"))) as client:
        client.send(GET)
        async with asyncio.timeout(10):
            data = await client.reader.read(65536)
    assert data.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_what_comes_later_is_sent_in_the_turn_in_which_it_comes() -> None:
    body = Spring(b"one", over=False)
    async with line_to(serves(body)) as client:
        client.send(GET)
        await client.reader.readuntil(b"one\r\n")
        body.pour(b"two", b"three")
        assert not body.waiting
        assert await client.read(18) == b"3\r\ntwo\r\n5\r\nthree\r\n"
        body.pour(b"four", over=True)
        assert await client.read(14) == b"4\r\nfour\r\n0\r\n\r\n"
        client.send(GET)
        assert (await client.answer()).complete
    assert body.is_closed


@pytest.mark.parametrize("way", WAYS)
async def test_every_server_sends_a_body_that_flows(way: str) -> None:
    body = Spring(b"one", over=False)
    async with serving(serves(body), way) as address:
        asking = asyncio.create_task(asked(address, GET))
        await body.heard.wait()
        body.pour(b"two", over=True)
        assert (await asking).body == b"onetwo"
    assert body.is_closed


async def test_a_body_that_fails_before_its_first_piece_is_a_500() -> None:
    async with line_to(serves(Spring(RuntimeError()))) as client:
        for status in (500, 200):
            client.send(GET)
            assert (await client.answer()).status == status


@pytest.mark.parametrize("failure", [RuntimeError(), Hangup()], ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_body_that_fails_on_its_way_is_cut(failure: Exception, at_once: bool) -> None:
    body = Spring(b"one", failure) if at_once else Spring(b"one", over=False)
    async with line_to(serves(body)) as client:
        client.send(GET)
        await client.reader.readuntil(b"one\r\n")
        if not at_once:
            body.pour(b"two", failure)
        assert await client.rest() == (b"" if at_once else b"3\r\ntwo\r\n")
    assert body.is_closed


async def test_a_client_that_does_not_read_holds_the_body_back() -> None:
    body, seen = Spring(b"one", over=False), list[Lane]()
    async with line_to(serves(body), seen=seen) as client, asyncio.timeout(10):
        client.send(GET)
        await body.heard.wait()
        for _ in range(100):
            body.pour(bytes(100_000))
            await asyncio.sleep(0)
        await settled(seen[0])
        assert 0 < len(body.waiting) < 100
        body.pour(b"last", over=True)
        answer = await client.answer()
        assert (len(answer.body), answer.complete) == (10_000_007, True)
    assert body.is_closed


async def test_what_comes_in_the_turn_in_which_a_client_catches_up_is_not_forgotten() -> None:
    body, seen = Spring(b"one", over=False), list[Lane]()
    async with line_to(serves(body), seen=seen) as client, asyncio.timeout(10):
        client.send(GET)
        await body.heard.wait()
        transport = seen[0].transport
        assert transport is not None
        while transport.get_write_buffer_size() <= 256 * 1024:
            body.pour(bytes(100_000))
            await asyncio.sleep(0)
        body.pour(b"last", over=True)
        assert body.waiting
        seen[0].resume_writing()
        answer = await client.answer()
        assert (answer.body[-4:], answer.complete) == (b"last", True)
    assert body.is_closed


async def test_a_client_gone_closes_the_body_within_the_next_turns() -> None:
    body = Spring(b"one", over=False)
    async with line_to(serves(body)) as client:
        client.send(GET)
        await client.reader.readuntil(b"one\r\n")
        client.close()
        turns = 0
        while not body.is_closed and turns < 50:
            turns += 1
            await asyncio.sleep(0)
        assert body.is_closed
        body.pour(b"two")
        assert body.waiting


async def test_a_flow_is_a_generator_for_those_who_would_rather_wait() -> None:
    body: AsyncGenerator[bytes, None] = Spring(b"one", b"two")
    assert [piece async for piece in body] == [b"one", b"two"]
    dry = Spring(over=False)
    waiting = asyncio.create_task(anext(dry))
    await asyncio.sleep(0)
    dry.pour(b"three", over=True)
    assert await waiting == b"three"
    with pytest.raises(StopAsyncIteration):
        await anext(dry)


async def test_who_stops_waiting_closes_the_flow() -> None:
    dry = Spring(over=False)
    waiting = asyncio.create_task(anext(dry))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert dry.is_closed
