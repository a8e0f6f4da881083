"""Upstreams behind an HTTP proxy."""

from base64 import b64encode

import pytest

from tests.net.upstream import HELLO, Line, answer, client, upstream
from zaffre.net.client.origin import parse_origin
from zaffre.net.client.proxy import is_exempt, proxy_for
from zaffre.net.failures import ConnectFailed

USER = b"Proxy-Authorization: Basic " + b64encode(b"me:p@ss")


async def test_plain_http_names_the_whole_url_to_the_proxy() -> None:
    async with upstream(answer(HELLO)) as proxy:
        by_user = proxy.url.replace("//", "//me:p%40ss@")
        async with client(proxies={"http": by_user}) as http:
            pool = http.pool("http://upstream.test/v1")
            for _ in range(2):
                assert await (await pool.send("POST", "/chat", [], b"{}")).read() == b"hello"
        first, second = proxy.heads
        assert first == second
        assert first.startswith(b"POST http://upstream.test/v1/chat HTTP/1.1\r\nHost: upstream.test\r\n")
        assert USER in first
        assert len(proxy.lines) == 1


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "status 407"),
        (b"SSH-2.0\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "endless"),
        (b"", "closed the connection"),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_is_a_failed_connection(answered: bytes, reason: str) -> None:
    async def script(line: Line) -> None:
        await line.head()
        await line.say(answered)

    async with upstream(script) as proxy, client(proxies={"all": proxy.url}) as http:
        pool = http.pool("https://upstream.test", limit=1, queue=0)
        for _ in range(2):
            with pytest.raises(ConnectFailed, match=f"upstream.test:443.*{reason}"):
                await pool.send("GET", "/", [])
        assert proxy.heads[0] == b"CONNECT upstream.test:443 HTTP/1.1\r\nHost: upstream.test:443\r\n\r\n"


async def test_a_host_on_the_no_proxy_list_is_asked_directly() -> None:
    async with upstream(answer(HELLO)) as server:
        async with client(proxies={"all": "http://127.0.0.1:1"}, no_proxy="other.test, 127.0.0.1") as http:
            assert await (await http.pool(server.url).send("GET", "/", [])).read() == b"hello"
        assert server.heads[0].startswith(b"GET / ")


@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        ("", False),
        (" , ", False),
        ("*", True),
        ("api.example.com", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("EXAMPLE.com", True),
        ("ample.com", False),
        ("other.test,example.com", True),
        ("example.com:8443", True),
        ("example.com:443", False),
        ("sub.api.example.com", False),
    ],
)
def test_no_proxy_lists_names_and_what_is_below_them(no_proxy: str, exempt: bool) -> None:
    assert is_exempt(parse_origin("https://api.example.com:8443"), no_proxy) is exempt


@pytest.mark.parametrize(
    ("no_proxy", "url", "exempt"),
    [
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.1.2.3", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://ten.example", False),
        ("::1", "http://[::1]:8080", True),
        ("[::1]", "http://[::1]:8080", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("[::1]:8081", "http://[::1]:8080", False),
        ("fd00::/8", "http://[fd12::1]", True),
    ],
)
def test_no_proxy_lists_addresses_and_networks(no_proxy: str, url: str, exempt: bool) -> None:
    assert is_exempt(parse_origin(url), no_proxy) is exempt


def test_each_scheme_has_its_proxy() -> None:
    proxies = {"http": "http://a:1", "all": "b:2"}
    plain, secure = (proxy_for(parse_origin(f"{scheme}://h"), proxies, "") for scheme in ("http", "https"))
    assert plain is not None
    assert secure is not None
    assert (plain.host, plain.port, secure.host, secure.port) == ("a", 1, "b", 2)


@pytest.mark.parametrize(
    "url",
    [
        "socks5://me:secret@h",
        "https://me:secret@h",
        "http://me:secret@",
        "http://h/path",
        "http://me@h:secret",
        "http://me:a/secret@h",
        "http://me:secret@[::1",
    ],
)
def test_a_proxy_that_is_not_supported_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="only proxies of the form") as refusal:
        proxy_for(parse_origin("http://upstream.test"), {"all": url}, "")
    assert "secret" not in str(refusal.value)
