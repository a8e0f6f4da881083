"""Every wait for an upstream ends."""

import asyncio

import pytest

from tests.net.upstream import HELLO, Line, client, upstream
from zaffre.net.client import Pool, Reply, Timeouts
from zaffre.net.failures import TimedOut, UpstreamFailure

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def silent(line: Line) -> None:
    await line.request()
    await line.hung_up()


async def whole(pool: Pool) -> bytes:
    return await (await pool.send("GET", "/", [])).read()


async def anything(reply: Reply) -> None:
    async for _ in reply:
        pass


async def test_an_answer_that_never_begins_times_out() -> None:
    async with upstream(silent) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=0, timeouts=Timeouts(first_byte=0.05))
        for _ in range(2):
            with pytest.raises(TimedOut, match="did not answer") as failure:
                await pool.send("GET", "/", [])
            assert failure.value.phase == "first_byte"
            await server.lines[-1].gone.wait()


async def test_a_head_that_drips_times_out_all_the_same() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\n")
        while not line.writer.is_closing():
            await line.say(b"X: y\r\n")

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(first_byte=0.05))
        with pytest.raises(UpstreamFailure):  # time or size, whichever comes first
            await pool.send("GET", "/", [])


@pytest.mark.parametrize("way", ["read", "batches"])
async def test_a_body_that_falls_silent_times_out(way: str) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED + b"1\r\nx\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(idle=0.05))
        reply = await pool.send("GET", "/", [])
        with pytest.raises(TimedOut, match="sent nothing") as failure:
            await (reply.read() if way == "read" else anything(reply))
        assert failure.value.phase == "idle"
        await server.lines[0].gone.wait()


async def test_a_body_that_goes_on_does_not_time_out() -> None:
    enough = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        await line.say(CHUNKED + b"1\r\nx\r\n")
        while line.number == 1 and not enough.is_set():
            await line.say(b"1\r\nx\r\n")
            await asyncio.sleep(0.01)
        await line.say(b"0\r\n\r\n" if line.number == 1 else b"")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(idle=1.5))
        going_on = asyncio.ensure_future(whole(pool))
        await server.line(1)
        with pytest.raises(TimedOut):
            await whole(pool)
        enough.set()
        assert set(await going_on) == {ord("x")}


async def test_time_in_which_the_reader_stalls_does_not_count() -> None:
    body = b"x" * 30_000_000

    async def script(line: Line) -> None:
        await line.request()
        if line.number == 1:
            await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body)
        else:
            await line.say(CHUNKED + b"1\r\nx\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(idle=0.05))
        stalled = await pool.send("GET", "/", [])
        for _ in range(3):  # others time out meanwhile
            with pytest.raises(TimedOut):
                await whole(pool)
        assert sum([len(batch) async for batch in stalled]) == len(body)


async def test_a_tls_handshake_that_never_ends_times_out() -> None:
    async with upstream(silent) as server, client() as http:
        pool = http.pool(f"https://127.0.0.1:{server.port}", limit=1, queue=0, timeouts=Timeouts(connect=0.05))
        for _ in range(2):
            with pytest.raises(TimedOut, match="no connection") as failure:
                await pool.send("GET", "/", [])
            assert failure.value.phase == "connect"
            await (await server.line(1)).gone.wait()


async def test_deadlines_are_watched_again_after_a_time_without_connections() -> None:
    async def script(line: Line) -> None:
        await line.request()
        if line.number != 3:
            await line.say(HELLO)
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(first_byte=0.05, keep_alive=0.05))
        for number in range(2):
            assert await whole(pool) == b"hello"
            await server.lines[number].gone.wait()
        with pytest.raises(TimedOut):
            await whole(pool)
