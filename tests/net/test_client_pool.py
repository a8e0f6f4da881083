"""How connections are shared, kept, queued for and tried again."""

import asyncio
import gc
import sys

import pytest

from tests.net.upstream import HELLO, Line, answer, client, turns, upstream
from zaffre.net.client import Timeouts
from zaffre.net.failures import Broken, ConnectFailed, QueueFull


async def numbered(line: Line) -> None:
    """Every answer is the number of its connection."""
    while await line.request() is not None:
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % line.number)


async def test_requests_one_after_another_use_one_connection() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url)
        for _ in range(20):
            reply = await pool.send("POST", "/v1", [], b"{}")
            assert await reply.read() == b"hello"
        assert len(server.lines) == 1
        assert len(server.heads) == 20


async def test_chunked_answers_keep_the_connection_too() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    async with upstream(answer(chunked)) as server, client() as http:
        pool = http.pool(server.url)
        for _ in range(5):
            assert await (await pool.send("POST", "/v1", [], b"{}")).read() == b"hello"
        assert len(server.lines) == 1


async def test_the_connection_that_worked_last_works_next() -> None:
    async with upstream(numbered) as server, client() as http:
        pool = http.pool(server.url)
        first, second = await asyncio.gather(pool.send("GET", "/a", []), pool.send("GET", "/b", []))
        assert {await first.read(), await second.read()} == {b"1", b"2"}
        latest = await (await pool.send("GET", "/c", [])).read()
        for _ in range(3):
            assert await (await pool.send("GET", "/d", [])).read() == latest


async def test_an_answer_that_nobody_has_read_yet_frees_its_connection() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=0)
        unread = await pool.send("GET", "/", [])
        assert await (await pool.send("GET", "/", [])).read() == b"hello"
        assert await unread.read() == b"hello"
        assert len(server.lines) == 1


async def test_requests_over_the_limit_wait_their_turn_in_order() -> None:
    served = []

    async def script(line: Line) -> None:
        while await line.request() is not None:
            served.append(line.heads[-1].split()[1])
            await line.say(HELLO)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=1)
        replies = await asyncio.gather(*(pool.send("GET", f"/{number}", []) for number in range(10)))
        assert [await reply.read() for reply in replies] == [b"hello"] * 10
        assert served == [b"/%d" % number for number in range(10)]
        assert len(server.lines) == 1


async def test_never_more_connections_than_the_limit() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url, limit=3)
        await asyncio.gather(*(pool.send("GET", "/", []) for _ in range(50)))
        assert len(server.lines) == 3


async def silent(line: Line) -> None:
    await line.request()
    await line.hung_up()


async def test_a_full_queue_is_overloaded() -> None:
    async with upstream(silent) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=1)
        working, waiting = (asyncio.ensure_future(pool.send("GET", "/", [])) for _ in range(2))
        await server.line(1)
        with pytest.raises(QueueFull, match="queue"):
            await pool.send("GET", "/", [])
        for task in (waiting, working):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


async def test_a_waiter_that_gave_up_is_skipped() -> None:
    first_asked, go_on = asyncio.Event(), asyncio.Event()

    async def script(line: Line) -> None:
        while await line.request() is not None:
            first_asked.set()
            await go_on.wait()
            await line.say(HELLO)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=2)
        tasks = [asyncio.ensure_future(pool.send("GET", f"/{name}", [])) for name in ("works", "leaves", "stays")]
        await first_asked.wait()
        tasks[1].cancel()
        await asyncio.wait({tasks[1]})
        later = asyncio.ensure_future(pool.send("GET", "/later", []))  # there is room in the queue again
        go_on.set()
        for task in (tasks[0], tasks[2], later):
            assert await (await task).read() == b"hello"
        assert [head.split()[1] for head in server.heads] == [b"/works", b"/stays", b"/later"]


async def test_a_waiter_cancelled_with_its_turn_in_hand_passes_it_on() -> None:
    async with upstream(silent) as server, client() as http:
        pool = http.pool(server.url, limit=1, queue=2)
        working, next_one, last = (asyncio.ensure_future(pool.send("GET", "/", [])) for _ in range(3))
        await server.line(1)
        working.add_done_callback(lambda _: next_one.cancel())  # after the turn was given, before it is taken
        working.cancel()
        await asyncio.wait({working, next_one})
        await server.line(2)
        last.cancel()
        await asyncio.wait({last})


async def test_a_connection_without_work_is_closed_after_a_while() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(keep_alive=0.05))
        await (await pool.send("GET", "/", [])).read()
        await server.lines[0].gone.wait()
        assert await (await pool.send("GET", "/", [])).read() == b"hello"
        assert len(server.lines) == 2


async def test_a_kept_connection_with_bytes_nobody_asked_for_is_dropped() -> None:
    dropped = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        await line.say(HELLO)
        if line.number == 1:
            await turns(5)
            await line.say(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            await line.hung_up()
            dropped.set()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await (await pool.send("GET", "/", [])).read()
        await dropped.wait()
        reply = await pool.send("GET", "/", [])
        assert reply.status == 200
        assert len(server.lines) == 2


@pytest.mark.parametrize(
    "answered",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        HELLO + b"garbage",
        HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    ],
    ids=["connection-close", "http-1.0", "garbage-behind", "a-second-answer-behind"],
)
async def test_a_connection_not_fit_for_another_request_is_closed(answered: bytes) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(answered)
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        for count in (1, 2):
            reply = await pool.send("GET", "/", [])
            assert (reply.status, await reply.read()) == (200, b"hello")
            await server.lines[-1].gone.wait()
            assert len(server.lines) == count


async def test_an_answer_to_half_a_request_ends_its_connection() -> None:
    async def script(line: Line) -> None:
        await line.head()
        await line.say(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n")
        await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        reply = await pool.send("POST", "/", [], b"x" * 50_000_000)
        assert reply.status == 413
        await server.lines[0].gone.wait()


@pytest.mark.parametrize("closes", [False, True], ids=["stays", "closes"])
async def test_an_answer_to_half_a_request_is_heard_on_a_reused_connection_too(closes: bool) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(HELLO)
        await line.head()
        await line.say(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n")
        if not closes:
            await line.hung_up()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await (await pool.send("POST", "/", [], b"{}")).read()
        reply = await pool.send("POST", "/", [], b"x" * 50_000_000)
        assert reply.status == 413
        await server.lines[0].gone.wait()
        assert len(server.lines) == 1


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_reused_connection_that_closes_within_the_body_is_tried_once_more_if_that_is_safe(method: str) -> None:
    body = b"x" * 20_000_000
    got = []

    async def script(line: Line) -> None:
        if line.number == 1:
            await line.request()
            await line.say(HELLO)
            await line.head()
            await line.reader.readexactly(100_000)
            line.writer.transport.abort()
        else:
            got.append(await line.request())
            await line.say(HELLO)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url, limit=1)
        await (await pool.send(method, "/", [], b"{}")).read()
        if method == "POST":
            with pytest.raises(Broken, match="before it had answered"):
                await pool.send(method, "/", [], body)
            assert len(server.lines) == 1
        else:
            assert await (await pool.send(method, "/", [], body)).read() == b"hello"
            assert got == [body]
            assert len(server.lines) == 2


async def test_a_fresh_connection_that_closes_within_the_body_is_not_tried_again() -> None:
    async def script(line: Line) -> None:
        await line.head()
        await line.reader.readexactly(100_000)
        line.writer.transport.abort()

    async with upstream(script) as server, client() as http:
        with pytest.raises(Broken, match="before it had answered"):
            await http.pool(server.url).send("POST", "/", [], b"x" * 20_000_000)
        assert len(server.lines) == 1


async def asked_again(line: Line) -> None:
    """Answers one request, takes another, and closes."""
    await line.request()
    await line.say(HELLO)
    await line.request()


@pytest.mark.parametrize("method", ["DELETE", "GET", "OPTIONS", "PUT"])
async def test_a_reused_connection_that_closed_early_is_tried_once_more(method: str) -> None:
    async with upstream(asked_again) as server, client() as http:
        pool = http.pool(server.url, limit=1)
        for _ in range(5):
            assert await (await pool.send(method, "/", [], b"{}")).read() == b"hello"
        assert len(server.lines) == 5
        assert len(server.heads) == 9


@pytest.mark.parametrize("method", ["PATCH", "POST"])
@pytest.mark.parametrize("resets", [False, True], ids=["closes", "resets"])
async def test_what_must_not_be_done_twice_is_not_tried_again_once_it_was_taken(method: str, resets: bool) -> None:
    async def script(line: Line) -> None:
        await asked_again(line)
        if resets:
            line.reset()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await (await pool.send(method, "/", [], b"{}")).read()
        with pytest.raises(Broken, match="before it had answered"):
            await pool.send(method, "/", [], b"{}")
        assert len(server.lines) == 1


@pytest.mark.parametrize("size", [2, 50_000, 20_000_000])
async def test_anything_is_tried_again_where_the_other_end_had_closed_before_it_came(size: int) -> None:
    got = []

    async def script(line: Line) -> None:
        while (body := await line.request()) is not None:
            got.append(body)
            await line.say(HELLO)

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await (await pool.send("POST", "/", [], b"{}")).read()
        # Closed, and the loop has had no turn yet in which it could see that.
        server.lines[0].shut()
        assert await (await pool.send("POST", "/", [], b"x" * size)).read() == b"hello"
        assert got == [b"{}", b"x" * size]
        assert len(server.lines) == 2


async def test_the_second_try_is_the_last() -> None:
    async def script(line: Line) -> None:
        await line.request()
        if line.number == 1:
            await line.say(HELLO)
            await line.request()

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await (await pool.send("GET", "/", [])).read()
        with pytest.raises(Broken, match="before it had answered"):
            await pool.send("GET", "/", [])
        assert len(server.lines) == 2


async def test_a_fresh_connection_that_closed_early_is_not_tried_again() -> None:
    async def script(line: Line) -> None:
        await line.request()

    async with upstream(script) as server, client() as http:
        with pytest.raises(Broken, match="before it had answered"):
            await http.pool(server.url).send("GET", "/", [])
        assert len(server.lines) == 1


async def test_a_reused_connection_that_began_to_answer_is_not_tried_again() -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(HELLO)
        await line.request()
        await line.say(b"HTT")

    async with upstream(script) as server, client() as http:
        pool = http.pool(server.url)
        await (await pool.send("GET", "/", [])).read()
        with pytest.raises(Broken):
            await pool.send("GET", "/", [])
        assert len(server.lines) == 1


async def test_a_refused_connection_says_so_and_frees_its_place() -> None:
    async with upstream(answer(HELLO)) as server:
        port = server.port
    async with client() as http:
        pool = http.pool(f"http://127.0.0.1:{port}", limit=1, queue=0)
        for _ in range(3):
            with pytest.raises(ConnectFailed, match=f"127.0.0.1:{port}"):
                await pool.send("GET", "/", [])


TWO_POOLS = """
import asyncio, resource, sys
import uvloop
from zaffre.net.client import Client

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

async def main(url):
    client = Client()
    for pool in (client.pool(url), client.pool(url)):
        replies = await asyncio.gather(*(pool.send("GET", "/", []) for _ in range(40)))
        print(sum([await reply.read() == b"hello" for reply in replies]))
    await client.close()

loops = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
with asyncio.Runner(loop_factory=loops[sys.argv[2]]) as runner:
    runner.run(main(sys.argv[1]))
"""


async def test_connections_without_work_make_room_where_there_are_no_more_files() -> None:
    everybody = asyncio.Barrier(40)

    async def script(line: Line) -> None:
        while await line.request() is not None:
            await everybody.wait()
            await line.say(HELLO)

    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    async with upstream(script) as server:
        program = [sys.executable, "-c", TWO_POOLS, server.url, loop]
        asking = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
        said, _ = await asking.communicate()
        assert said.split() == [b"40", b"40"]
        assert len(server.lines) == 80


async def test_closing_the_client_breaks_what_is_in_flight() -> None:
    async with upstream(silent) as server, client() as http:
        pool = http.pool(server.url, limit=1)
        working, waiting = (asyncio.ensure_future(pool.send("GET", "/", [])) for _ in range(2))
        await server.line(1)
        await http.close()
        with pytest.raises(Broken):
            await working
        for late in (waiting, pool.send("GET", "/", [])):
            with pytest.raises(ConnectFailed, match="closed"):
                await late
        await server.lines[0].gone.wait()


async def test_the_connections_of_a_forgotten_pool_are_still_closed() -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url, timeouts=Timeouts(keep_alive=0.05))
        await (await pool.send("GET", "/", [])).read()
        del pool
        gc.collect()
        await server.lines[0].gone.wait()
