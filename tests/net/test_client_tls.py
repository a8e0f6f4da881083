"""https upstreams, directly and through a proxy's tunnel."""

import asyncio
import socket
import ssl
from contextlib import suppress

import pytest
import trustme

from tests.net.upstream import HELLO, Line, Script, answer, client, upstream
from zaffre.net.client import Pool, Timeouts
from zaffre.net.failures import Broken, ConnectFailed


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serving(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


async def test_an_https_upstream_is_asked_over_one_verified_connection(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async with (
        upstream(answer(HELLO), serving(authority, "127.0.0.1")) as server,
        client(tls=trusting) as http,
    ):
        pool = http.pool(f"https://127.0.0.1:{server.port}")
        for _ in range(3):
            assert await (await pool.send("POST", "/", [], b"{}")).read() == b"hello"
        assert len(server.lines) == 1


async def test_the_server_is_told_name_and_protocol(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    names, protocols = [], []
    context = serving(authority, "localhost")
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def script(line: Line) -> None:
        protocols.append(line.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await answer(HELLO)(line)

    async with upstream(script, context) as server, client(tls=trusting) as http:
        pool = http.pool(f"https://localhost:{server.port}")
        assert (await pool.send("GET", "/", [])).status == 200
    assert (names, protocols) == (["localhost"], ["http/1.1"])


@pytest.mark.parametrize("fault", ["another name", "an unknown authority"])
async def test_a_certificate_that_does_not_verify_is_a_failed_connection(
    authority: trustme.CA, trusting: ssl.SSLContext, fault: str
) -> None:
    name = "other.test" if fault == "another name" else "127.0.0.1"
    tls = trusting if fault == "another name" else None
    async with upstream(answer(HELLO), serving(authority, name)) as server, client(tls=tls) as http:
        pool = http.pool(f"https://127.0.0.1:{server.port}", limit=1, queue=0)
        for _ in range(2):
            with pytest.raises(ConnectFailed, match="certificate verify failed"):
                await pool.send("GET", "/", [])
        assert server.heads == []


async def test_a_server_that_speaks_no_tls_is_a_failed_connection(trusting: ssl.SSLContext) -> None:
    async def script(line: Line) -> None:
        await line.reader.read(10)
        await line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with upstream(script) as server, client(tls=trusting) as http:
        with pytest.raises(ConnectFailed):
            await http.pool(f"https://127.0.0.1:{server.port}").send("GET", "/", [])


async def test_large_bodies_and_stalled_readers_work_over_tls(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    body = bytes(range(256)) * 40_000

    async def script(line: Line) -> None:
        while (got := await line.request()) is not None:
            await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(got), got)

    async with upstream(script, serving(authority, "127.0.0.1")) as server, client(tls=trusting) as http:
        pool = http.pool(f"https://127.0.0.1:{server.port}")
        for _ in range(2):
            reply = await pool.send("POST", "/", [], body)
            assert b"".join([batch async for batch in reply]) == body
            assert await (await pool.send("POST", "/", [], body)).read() == body
        assert len(server.lines) == 1


async def test_an_answer_to_half_a_request_ends_a_tls_connection_too(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async def script(line: Line) -> None:
        await line.head()
        if line.number == 2:
            await line.say(HELLO)
            return
        await line.say(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n")
        await asyncio.Event().wait()  # and reads no more

    async with upstream(script, serving(authority, "127.0.0.1")) as server, client(tls=trusting) as http:
        pool = http.pool(f"https://127.0.0.1:{server.port}")
        assert (await pool.send("POST", "/", [], b"x" * 50_000_000)).status == 413
        async with asyncio.timeout(10):
            assert await (await pool.send("GET", "/", [])).read() == b"hello"


async def test_a_request_that_a_closed_tls_connection_did_not_take_is_tried_again(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    context = serving(authority, "127.0.0.1")
    asked = []

    def answering(listener: socket.socket) -> ssl.SSLSocket:
        end = context.wrap_socket(listener.accept()[0], server_side=True)
        received = b""
        while not received.endswith(b"{}"):
            received += end.recv(65536)
        end.sendall(HELLO)
        asked.append(received)
        return end

    async def ask(listener: socket.socket, pool: Pool) -> ssl.SSLSocket:
        answered = asyncio.get_running_loop().run_in_executor(None, answering, listener)
        assert await (await pool.send("POST", "/", [], b"{}")).read() == b"hello"
        return await answered

    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with client(tls=trusting) as http:
            pool = http.pool(f"https://127.0.0.1:{listener.getsockname()[1]}")
            with await ask(listener, pool) as end:
                # Closed, and the loop has had no turn yet in which it could see that.
                end.settimeout(0.01)
                with suppress(TimeoutError):
                    end.unwrap()
            (await ask(listener, pool)).close()
    assert len(asked) == 2


async def test_one_that_it_took_is_not(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(HELLO)
        await line.request()

    async with upstream(script, serving(authority, "127.0.0.1")) as server, client(tls=trusting) as http:
        pool = http.pool(server.url.replace("http", "https"))
        await (await pool.send("POST", "/", [], b"{}")).read()
        with pytest.raises(Broken, match="before it had answered"):
            await pool.send("POST", "/", [], b"{}")
        assert len(server.lines) == 1


async def test_cancelling_and_idling_close_tls_connections_too(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    asked = asyncio.Event()

    async def script(line: Line) -> None:
        await line.request()
        asked.set()
        if line.number == 2:
            await line.say(HELLO)
        with suppress(ssl.SSLError):
            await line.hung_up()

    async with upstream(script, serving(authority, "127.0.0.1")) as server, client(tls=trusting) as http:
        url = f"https://127.0.0.1:{server.port}"
        pool = http.pool(url, limit=1, queue=0, timeouts=Timeouts(keep_alive=0.05))
        task = asyncio.ensure_future(pool.send("GET", "/", []))
        await asked.wait()
        task.cancel()
        await asyncio.wait({task})
        await server.lines[0].gone.wait()
        assert await (await pool.send("GET", "/", [])).read() == b"hello"
        await server.lines[1].gone.wait()


def tunnelling(target: str) -> Script:
    """A proxy that leads every tunnel to the target."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    async def script(line: Line) -> None:
        await line.head()
        host, _, port = target.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        await line.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(line.reader, writer), pump(reader, line.writer))

    return script


async def test_https_goes_through_a_tunnel_and_is_verified_by_the_upstreams_name(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async with (
        upstream(answer(HELLO), serving(authority, "upstream.test")) as server,
        upstream(tunnelling(f"127.0.0.1:{server.port}")) as proxy,
        client(tls=trusting, proxies={"https": proxy.url.replace("//", "//me:pw@")}) as http,
    ):
        pool = http.pool("https://upstream.test/v1")
        for _ in range(3):
            assert await (await pool.send("POST", "/chat", [], b"{}")).read() == b"hello"
        assert len(server.lines) == len(proxy.lines) == 1
        assert proxy.heads[0].startswith(b"CONNECT upstream.test:443 HTTP/1.1\r\nHost: upstream.test:443\r\n")
        assert b"Proxy-Authorization: Basic " in proxy.heads[0]
        assert server.heads[0].startswith(b"POST /v1/chat HTTP/1.1\r\nHost: upstream.test\r\n")
        assert b"roxy" not in server.heads[0]


async def test_a_tunnel_to_somebody_else_is_a_failed_connection(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async with (
        upstream(answer(HELLO), serving(authority, "somebody.test")) as server,
        upstream(tunnelling(f"127.0.0.1:{server.port}")) as proxy,
        client(tls=trusting, proxies={"https": proxy.url}) as http,
    ):
        with pytest.raises(ConnectFailed, match="certificate verify failed"):
            await http.pool("https://upstream.test").send("GET", "/", [])


async def test_an_answer_cut_inside_a_tunnel_is_broken(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    async def script(line: Line) -> None:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")

    async with (
        upstream(script, serving(authority, "upstream.test")) as server,
        upstream(tunnelling(f"127.0.0.1:{server.port}")) as proxy,
        client(tls=trusting, proxies={"https": proxy.url}) as http,
    ):
        with pytest.raises(Broken):
            await (await http.pool("https://upstream.test").send("GET", "/", [])).read()
