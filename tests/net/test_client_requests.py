"""What goes over the wire, and what never does."""

import pytest

from tests.net.upstream import HELLO, answer, client, upstream
from zaffre import __version__
from zaffre.net.client.origin import parse_origin
from zaffre.net.client.request_head import header_block


async def asked(base_path: str, method: str, target: str, headers: object, body: bytes = b"") -> bytes:
    """The request head as an upstream saw it."""
    async with upstream(answer(HELLO)) as server, client() as http:
        pool = http.pool(server.url + base_path)
        await (await pool.send(method, target, headers, body)).read()  # type: ignore[arg-type]
        return server.heads[0].replace(b":%d\r" % server.port, b":PORT\r")


async def test_a_request_has_host_agent_and_length_and_asks_for_no_compression() -> None:
    head = await asked("/v1/", "POST", "/chat/completions?api-version=1", [(b"x-a", b"b")], b"{}")
    assert head == (
        b"POST /v1/chat/completions?api-version=1 HTTP/1.1\r\n"
        b"Host: 127.0.0.1:PORT\r\n"
        b"Accept-Encoding: identity\r\n"
        b"x-a: b\r\n"
        b"User-Agent: zaffre/%b\r\n"
        b"Content-Length: 2\r\n\r\n" % __version__.encode()
    )


async def test_headers_rendered_once_are_sent_as_they_are() -> None:
    block = header_block([(b"User-Agent", b"me"), (b"Authorization", b"Bearer t")])
    head = await asked("", "GET", "/", block)
    fields = b"Host: 127.0.0.1:PORT\r\nAccept-Encoding: identity\r\nUser-Agent: me\r\nAuthorization: Bearer t\r\n"
    assert head == b"GET / HTTP/1.1\r\n" + fields + b"\r\n"


async def test_an_empty_post_says_that_it_is_empty() -> None:
    assert b"Content-Length: 0\r\n" in await asked("", "POST", "/", [])


@pytest.mark.parametrize("target", ["", "?a=b"])
async def test_a_base_url_with_a_path_can_be_the_whole_target(target: str) -> None:
    assert (await asked("/score", "GET", target, [])).startswith(b"GET /score%b HTTP/1.1\r\n" % target.encode())


async def test_a_body_of_many_megabytes_arrives_whole() -> None:
    body = bytes(range(256)) * 100_000
    got = []

    async def script(line: object) -> None:
        got.append(await line.request())  # type: ignore[attr-defined]
        await line.say(HELLO)  # type: ignore[attr-defined]

    async with upstream(script) as server, client() as http:
        assert (await http.pool(server.url).send("POST", "/", [], body)).status == 200
    assert got == [body]


@pytest.mark.parametrize(
    "target",
    ["/a b", "/a\r\nX: y", "/a\n", "/\0", "/é", "a", "//\x7f", "?without-a-base-path", ""],
)
async def test_a_target_that_would_break_the_request_line_is_refused(target: str) -> None:
    async with upstream(answer(HELLO)) as server, client() as http:
        with pytest.raises(ValueError, match="target"):
            await http.pool(server.url).send("GET", target, [])
        assert server.lines == []


@pytest.mark.parametrize("method", ["GET / HTTP/1.1\r\nX:", "get", "CONNECT", ""])
async def test_only_plain_methods_are_sent(method: str) -> None:
    async with client() as http:
        with pytest.raises(ValueError, match="method"):
            await http.pool("http://127.0.0.1:1").send(method, "/", [])


@pytest.mark.parametrize("value", [b"a\r\nX: y", b"a\nb", b"a\rb", b"a\0b", b"\x1b[2J", b"\x7f"])
def test_a_value_that_would_break_the_head_is_refused_and_never_shown(value: bytes) -> None:
    with pytest.raises(ValueError, match="authorization") as refusal:
        header_block([(b"authorization", b"secret" + value)])
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r\n", "é".encode(), b"Host", b"content-length",
                                  b"Transfer-Encoding", b"Connection", b"Accept-Encoding"])  # fmt: skip
def test_a_name_that_is_none_or_not_the_callers_is_refused(name: bytes) -> None:
    with pytest.raises(ValueError, match="not a header field to send"):
        header_block([(name, b"x")])


@pytest.mark.parametrize("block", [b"", b"a: b", b"a: b\r\n\r\n", b"a: b\r\n\r\nGET / HTTP/1.1\r\n", b"\r\n"])
async def test_bytes_that_are_no_header_block_are_refused(block: bytes) -> None:
    async with client() as http:
        with pytest.raises(ValueError, match="header_block"):
            await http.pool("http://127.0.0.1:1").send("GET", "/", block)


@pytest.mark.parametrize(
    ("url", "address", "authority", "path"),
    [
        ("http://example.com", "example.com:80", "example.com", ""),
        ("https://example.com/v1/", "example.com:443", "example.com", "/v1"),
        ("https://EXAMPLE.com:80/a/b", "example.com:80", "example.com:80", "/a/b"),
        ("http://[::1]:8080", "[::1]:8080", "[::1]:8080", ""),
        ("http://[::1]", "[::1]:80", "[::1]", ""),
        ("http://bücher.example", "xn--bcher-kva.example:80", "xn--bcher-kva.example", ""),
        ("http://my_service:9000", "my_service:9000", "my_service:9000", ""),
    ],
)
def test_a_base_url_names_host_port_and_path(url: str, address: str, authority: str, path: str) -> None:
    origin = parse_origin(url)
    assert (origin.address, origin.authority, origin.path) == (address, authority, path)


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "ftp://example.com", "http://", "http://user:pw@example.com", "http://h/?q", "http://h/#f",
     "http://h:port", "http://h:99999", "http://h/a b", "http://h/\u00e9", "http://a b/", "http://a\r\nb/", "http://a..b"],
)  # fmt: skip
def test_what_is_not_a_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library words some of them
        parse_origin(url)
