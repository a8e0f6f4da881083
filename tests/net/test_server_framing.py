"""What the lane takes for a request, byte by byte, and what it refuses."""

import asyncio

import pytest

from tests.net.serving import QUICK, asked, echo, get, line_to, refuse, serving
from zaffre.net.http import Limits, Request, Response

GET = get()
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
TEXT = [(b"content-type", b"text/plain")]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (POST + b"Content-Length: 3, 3\r\n\r\nabc", 400),
        (POST + b"Content-Length: +3\r\n\r\nabc", 400),
        (POST + b"Content-Length: 0x3\r\n\r\nabc", 400),
        (POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip\r\n\r\nabc", 501),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-One: b\r\n c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-One : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-One: b\0c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 505),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / HTTP/3.7\r\nHost: a\r\n\r\n", 400),
        (b"GET / a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (POST + b"Expect: miracles\r\nContent-Length: 3\r\n\r\n", 417),
    ],
)
async def test_what_is_not_plainly_http_is_refused_and_the_connection_closed(data: bytes, status: int) -> None:
    async with line_to(echo) as client:
        client.send(data)
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert await client.rest() == b""


async def test_a_head_over_the_limit_is_refused_whole_or_not() -> None:
    fields = b"".join(b"X-%d: %b\r\n" % (number, b"a" * 90) for number in range(20))
    async with serving(echo, limits=Limits(head=1000)) as address:
        assert (await asked(address, GET[:-2] + fields + b"\r\n")).status == 431
        assert (await asked(address, GET[:-2] + fields)).status == 431
        assert (await asked(address, GET[:-2] + b"X: " + b"a" * 2000)).status == 431
        assert (await asked(address, GET)).status == 200


async def test_a_head_over_the_limit_is_refused_behind_another_request_as_well() -> None:
    async with line_to(echo, limits=Limits(head=1000)) as client:
        client.send(GET + GET[:-2] + b"X: " + b"a" * 1200 + b"\r\n\r\n")
        assert (await client.answer()).status == 200
        assert (await client.answer()).status == 431


async def test_a_large_body_behind_a_small_head_is_not_a_large_head() -> None:
    async with line_to(echo, limits=Limits(head=1000)) as client:
        client.send(POST + b"Content-Length: 5000\r\n\r\n" + b"a" * 5000 + GET[:20])
        assert (await client.answer()).status == 200
        client.send(GET[20:])
        assert (await client.answer()).status == 200


async def test_a_url_over_the_limit_is_refused_before_it_ends() -> None:
    async with serving(echo, limits=Limits(url=100)) as address:
        assert (await asked(address, b"GET /" + b"a" * 100)).status == 414


async def test_trailers_change_nothing() -> None:
    async def handle(request: Request) -> Response:
        return Response(200, TEXT, request.headers.get(b"x-late", b"none"))

    async with serving(handle) as address:
        chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: 1\r\n\r\n"
        assert (await asked(address, chunked)).body == b"none"


@pytest.mark.parametrize("endless", [b"X-Late: " + b"a" * 90000, b"X-Late: a\r\n" * 9000])
async def test_trailers_without_end_are_refused(endless: bytes) -> None:
    async with line_to(echo) as client:
        client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        await asyncio.sleep(0)
        for _ in range(8):
            client.send(endless)
        assert (await client.answer()).status == 431


async def test_much_between_the_pieces_of_a_body_is_taken_as_long_as_pieces_come() -> None:
    async with line_to(echo, limits=Limits(head=1000)) as client:
        client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(4):
            for part in (b"1;" + b"x" * 600, b"\r\na\r\n"):
                client.send(part)
                await asyncio.sleep(0.001)
        client.send(b"0\r\n\r\n")
        assert (await client.answer()).body.endswith(b"aaaa")


async def test_the_whole_url_may_stand_in_the_request_line() -> None:
    async def handle(request: Request) -> Response:
        return Response(200, TEXT, f"{request.path} {request.query} {request.header(b'host')}".encode())

    async with serving(handle) as address:
        answer = await asked(address, b"GET http://other:81/x%20y?q=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.body == b"/x%20y q=1 other:81"
        assert (await asked(address, b"GET http://other HTTP/1.1\r\nHost: a\r\n\r\n")).body == b"/  other"
        assert (await asked(address, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).body == b"*  a"


async def test_refusals_of_a_head_request_have_no_body() -> None:
    async with line_to(echo) as client:
        client.send(b"HEAD / HTTP/1.1\r\n\r\n")
        head = await client.rest()
    assert head.startswith(b"HTTP/1.1 400 ")
    assert head.endswith(b"\r\n\r\n")


async def test_the_reasons_are_those_of_the_standard() -> None:
    async def handle(request: Request) -> Response:
        return refuse(int(request.path[1:]), "X", "y")

    async with line_to(handle, limits=QUICK) as client:
        for path, line in (("/404", b"HTTP/1.1 404 Not Found\r\n"), ("/299", b"HTTP/1.1 299 \r\n")):
            client.send(get(path))
            async with asyncio.timeout(10):
                assert await client.reader.readline() == line
            await client.reader.readuntil(b"X: y")
