"""Whoever stops waiting, at whatever moment, takes the upstream connection along and leaves no place occupied."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest
import trustme

from tests.net.upstream import HELLO, Line, client, turns, upstream
from zaffre.net.client import Pool

EVENTS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"


async def only_head(pool: Pool) -> None:
    await pool.send("GET", "/", [])


async def whole(pool: Pool) -> None:
    await (await pool.send("GET", "/", [])).read()


async def batches(pool: Pool) -> None:
    async for _ in await pool.send("GET", "/", []):
        pass


@pytest.mark.parametrize(
    ("use", "answered"),
    [(only_head, b""), (only_head, b"HTTP/1.1 200"), (whole, EVENTS), (batches, EVENTS)],
    ids=["before-the-head", "within-the-head", "reading", "iterating"],
)
async def test_cancelling_closes_the_connection_and_frees_its_place(
    use: Callable[[Pool], Awaitable[None]], answered: bytes
) -> None:
    said = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        if line.number == 1:
            await line.say(answered)
            said.set()
            await line.hung_up()
        else:
            await line.say(HELLO)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=0)
        task = asyncio.ensure_future(use(pool))
        await said.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.lines[0].gone.wait()
        assert await (await pool.send("GET", "/", [])).read() == b"hello"


async def test_cancelling_on_a_reused_connection_is_not_taken_for_a_closed_one() -> None:
    asked_again = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        await line.say(HELLO)
        await line.request()
        asked_again.set()
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await whole(pool)
        task = asyncio.ensure_future(whole(pool))
        await asked_again.wait()
        task.cancel()
        await asyncio.wait({task})
        await server.lines[0].gone.wait()
        assert task.cancelled()
        assert len(server.lines) == 1


async def test_cancelling_while_connecting_closes_and_frees() -> None:
    async def proxy(line: Line) -> None:
        await line.head()
        if line.number == 1:
            await line.hung_up()
        else:
            await line.say(b"HTTP/1.1 200 OK\r\n\r\n")
            await line.hung_up()

    async with upstream(proxy) as server, client(proxies={"all": server.url}) as http:
        pool = http.pool("https://upstream.test", limit=1, queue=0)
        for number in (1, 2):  # waiting for the tunnel, then for TLS
            task = asyncio.ensure_future(whole(pool))
            line = await server.line(number)
            await line.begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await line.gone.wait()


async def test_a_cancellation_that_comes_with_the_answer_leaves_nothing_open() -> None:
    answering = asyncio.Event()

    async def script(line: Line) -> None:
        while await line.request() is not None:
            answering.set()
            await line.say(HELLO)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=0)
        for turns_later in range(12):
            answering.clear()
            task = asyncio.ensure_future(pool.send("GET", "/", []))
            await answering.wait()
            for _ in range(turns_later):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
        assert await (await pool.send("GET", "/", [])).read() == b"hello"


async def test_a_hundred_cancelled_at_every_stage_leave_the_pool_whole() -> None:
    async def script(line: Line) -> None:
        while await line.request() is not None:
            await line.say(EVENTS, b"1\r\ny\r\n", b"0\r\n\r\n")

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=4, queue=100)
        tasks = [asyncio.ensure_future(batches(pool)) for _ in range(100)]
        for task in tasks[::2]:
            await asyncio.sleep(0)
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(result is None for result in results[1::2])
        replies = await asyncio.wait_for(asyncio.gather(*(pool.send("GET", "/", []) for _ in range(4))), 10)
        assert [await reply.read() for reply in replies] == [b"xy"] * 4


async def echoing(line: Line) -> None:
    """Every answer is the path that was asked for, in pieces."""
    while await line.request() is not None:
        path = line.heads[-1].split()[1]
        await line.say(b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: chunked\r\n\r\n")
        await line.say(*(b"1\r\n%c\r\n" % byte for byte in path), b"0\r\n\r\n")


@pytest.mark.parametrize("use", [whole, batches])
@pytest.mark.parametrize("reused", [False, True], ids=["fresh", "reused"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
async def test_a_cancellation_at_any_turn_leaves_one_clean_place(
    use: Callable[[Pool], Awaitable[None]], reused: bool, secure: bool
) -> None:
    authority, trusting = trustme.CA(), ssl.create_default_context()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(trusting)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    async with upstream(echoing, serving if secure else None) as server, client(tls=trusting) as http:
        url = f"https://127.0.0.1:{server.port}" if secure else server.url
        for turns_later in range(0, 90, 3):
            pool = http.pool(url, limit=1, queue=1)
            if reused:
                await whole(pool)
            task = asyncio.ensure_future(use(pool))
            await turns(turns_later)
            behind = asyncio.ensure_future(pool.send("GET", "/behind", []))
            await turns(1)
            task.cancel()
            await asyncio.wait({task})
            async with asyncio.timeout(10):
                assert await (await behind).read() == b"/behind"
                assert await (await pool.send("GET", "/again", [])).read() == b"/again"
