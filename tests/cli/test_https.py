"""https: a development authority beside http, or the operator's own certificate."""

import json
import socket
import ssl
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from azure.ai.inference import ChatCompletionsClient
from azure.core.credentials import AccessToken, AzureKeyCredential

from tests.cli.command import CONFIG, KEY, serving, written, zaffre


def trusting(authority: Path) -> ssl.SSLContext:
    """A client's context, as strict as Python 3.13's default."""
    context = ssl.create_default_context(cafile=authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def ready(url: str, authority: Path, name: str | None = None) -> bool:
    """Whether the server is ready, asked as `name`. Raises ssl.SSLCertVerificationError."""
    where = urlsplit(url)
    with (
        socket.create_connection((where.hostname or "", where.port or 0), timeout=60) as plain,
        trusting(authority).wrap_socket(plain, server_hostname=name or where.hostname) as secure,
    ):
        secure.sendall(b"GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: secure.recv(65536), b""))
    return answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.endswith(b'{"status":"ready"}')


def test_dev_tls_serves_https_beside_http_with_an_authority_of_its_own(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving("--config", written(tmp_path), "--data", data, "--dev-tls") as server:
        url, authority = server.secure()
        assert authority == data / "tls" / "ca.pem"
        assert urlsplit(url).port != urlsplit(server.url).port
        assert server.url.startswith("http://")
        assert ready(url, authority)
        assert server.chat("Hello!")[0] == 200
        for folder in (data, data / "tls"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "tls" / "ca.key").stat().st_mode) == 0o600
        kept = authority.read_bytes()
    with serving("--config", tmp_path / "zaffre.yaml", "--data", data, "--dev-tls") as server:
        assert ready(server.secure()[0], authority)
        assert authority.read_bytes() == kept


def test_the_banner_says_how_to_trust_the_authority(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data", "--dev-tls") as server:
        _, authority = server.secure()
        server.out.until(rf"curl +--cacert {authority}$")
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            assert f"export {variable}={authority}\n" in server.out.text


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "demo.localhost", "mine.example.test"])
def test_every_name_of_the_server_is_certified(tmp_path: Path, name: str) -> None:
    config = written(
        tmp_path, CONFIG.replace("connection: script}", "connection: script, hosts: [mine.example.test]}", 1)
    )
    with serving("--config", config, "--data", tmp_path, "--dev-tls") as server:
        url, authority = server.secure()
        assert ready(url, authority, name)


def test_a_reload_certifies_the_names_of_new_deployments(tmp_path: Path) -> None:
    config = written(tmp_path)
    with serving("--config", config, "--data", tmp_path, "--dev-tls") as server:
        url, authority = server.secure()
        with pytest.raises(ssl.SSLCertVerificationError):
            ready(url, authority, "newer.localhost")
        config.write_text(f"{CONFIG}  newer: {{model: newer-model, connection: script}}\n")
        server.reloaded()
        assert ready(url, authority, "newer.localhost")
        assert ready(url, authority, "demo.localhost")


def free_ports() -> int:
    """A port that is free, and so is the one after it."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
        return port


def test_https_takes_the_port_after_the_main_one(tmp_path: Path) -> None:
    port = free_ports()
    with serving("--config", written(tmp_path), "--data", tmp_path, "--dev-tls", port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"
        assert server.secure()[0] == f"https://127.0.0.1:{port + 1}"


def test_https_takes_the_port_that_is_named(tmp_path: Path) -> None:
    port = free_ports()
    with serving("--config", written(tmp_path), "--data", tmp_path, "--dev-tls", "--tls-port", str(port)) as server:
        assert server.secure()[0] == f"https://127.0.0.1:{port}"


def test_where_the_port_after_is_taken_none_is_served(tmp_path: Path) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        done = zaffre("serve", "--config", written(tmp_path), "--data", tmp_path, "--port", str(port), "--dev-tls")
    assert done.returncode == 1
    assert done.stderr == f"zaffre: port {port + 1} on 127.0.0.1 is taken by another program\n"
    assert done.stdout == ""


def test_dev_tls_may_stand_in_the_file(tmp_path: Path) -> None:
    config = written(tmp_path, f"{CONFIG}server: {{tls: {{dev: true, port: 0}}}}\n")
    with serving("--config", config, "--data", tmp_path) as server:
        assert ready(*server.secure())


class Token:
    """A credential whose token is the key."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(KEY, 2**31)


@pytest.mark.parametrize("credential", [Token(), AzureKeyCredential(KEY)])
def test_the_published_sdk_answers_over_https_with_token_and_key(tmp_path: Path, credential: Token) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, "--dev-tls") as server:
        url, authority = server.secure()
        with ChatCompletionsClient(
            f"{url}/models", credential, model="demo", connection_verify=str(authority)
        ) as client:
            answer = client.complete(messages=[{"role": "user", "content": "Hello!"}])
            assert answer.choices[0].message.content == "You said: Hello!"


class Own:
    """A certificate of the operator's own for localhost and 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.authority = folder / "trusted.pem"
        self.certificate = folder / "cert.pem"
        self.key = folder / "key.pem"
        self._ca.cert_pem.write_to_path(str(self.authority))
        self.issue("localhost", "127.0.0.1")

    def issue(self, *names: str) -> None:
        leaf = self._ca.issue_cert(*names)
        leaf.private_key_pem.write_to_path(str(self.key))
        leaf.cert_chain_pems[0].write_to_path(str(self.certificate))

    @property
    def options(self) -> list[str]:
        return ["--tls-cert", str(self.certificate), "--tls-key", str(self.key)]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    return Own(tmp_path)


def test_an_own_certificate_makes_the_main_port_https(tmp_path: Path, own: Own) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data", *own.options) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert ready(server.url, own.authority)
        assert "\nhttps: " not in server.out.text
    assert not (tmp_path / "data").exists()


def test_an_own_certificate_with_a_port_stands_beside_http(tmp_path: Path, own: Own) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, *own.options, "--tls-port", "0") as server:
        assert server.chat("Hello!")[0] == 200
        assert ready(server.out.until(r"^https: (https://127\.0\.0\.1:\d+)$")[1], own.authority)


def test_an_own_certificate_may_stand_in_the_file(tmp_path: Path, own: Own) -> None:
    config = written(tmp_path, f"{CONFIG}server: {{tls: {{cert: cert.pem, key: key.pem}}}}\n")
    with serving("--config", config, "--data", tmp_path) as server:
        assert ready(server.url, own.authority)


@pytest.mark.parametrize("where", ["options", "file"])
def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path, own: Own, where: str) -> None:
    section = "server: {tls: {cert: cert.pem, key: key.pem}}\n" if where == "file" else ""
    config = written(tmp_path, CONFIG + section)
    with serving("--config", config, "--data", tmp_path, *(own.options if where == "options" else [])) as server:
        own.issue("renewed.example.test")
        server.err.until(r"zaffre\.yaml: reloaded$")
        assert ready(server.url, own.authority, "renewed.example.test")


def test_a_spoiled_renewal_keeps_the_old_certificate(tmp_path: Path, own: Own) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, *own.options) as server:
        own.key.write_text("spoiled")
        server.err.until(r"zaffre\.yaml: not reloaded")
        assert "cert.pem and" in server.err.text
        assert ready(server.url, own.authority)


def lose_the_key(own: Own) -> str:
    own.key.unlink()
    return f"zaffre: cannot read {own.key}: No such file or directory\n"


def take_another_key(own: Own) -> str:
    trustme.CA().private_key_pem.write_to_path(str(own.key))
    return f"zaffre: the key {own.key} is not that of the certificate {own.certificate}\n"


def spoil_the_certificate(own: Own) -> str:
    own.certificate.write_text("no certificate")
    return f"zaffre: {own.certificate} and {own.key} are no certificate and its key in PEM\n"


@pytest.mark.parametrize("fault", [lose_the_key, take_another_key, spoil_the_certificate])
def test_certificates_that_cannot_be_used_are_named(tmp_path: Path, own: Own, fault: Callable[[Own], str]) -> None:
    expected = fault(own)
    done = zaffre("serve", "--config", written(tmp_path), "--data", tmp_path, "--port", "0", *own.options)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--tls-cert", "cert.pem"], "--tls-cert and --tls-key go together"),
        (["--tls-key", "key.pem"], "--tls-cert and --tls-key go together"),
        (["--dev-tls", "--tls-cert", "a", "--tls-key", "b"], "either --dev-tls or a certificate of your own"),
        (["--tls-port", "0"], "--tls-port needs --dev-tls, or --tls-cert and --tls-key"),
        (["--dev-tls", "--port", "65535"], "http has port 65535; name another one for https with --tls-port"),
        (["--dev-tls", "--port", "4430", "--tls-port", "4430"], "http has port 4430; name another one"),
    ],
)
def test_options_that_contradict_each_other_are_refused(tmp_path: Path, options: list[str], expected: str) -> None:
    done = zaffre("serve", "--config", written(tmp_path), "--data", tmp_path, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"zaffre: {expected}")
    assert done.stderr.count("\n") == 1


def test_a_spoiled_development_authority_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.key").write_text("spoiled")
    done = zaffre("serve", "--config", written(tmp_path), "--data", tmp_path, "--port", "0", "--dev-tls")
    assert done.returncode == 2
    assert done.stderr == (
        f"zaffre: {tmp_path}/tls/ca.key is not as zaffre made it; delete it to have a new authority made\n"
    )


def test_plain_text_on_the_https_port_disturbs_nobody(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, "--dev-tls") as server:
        url, authority = server.secure()
        with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=60) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            plain.recv(1000)
        assert ready(url, authority)


def test_a_stop_ends_streams_over_https_too(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, "--dev-tls") as server:
        url, authority = server.secure()
        where = urlsplit(url)
        body = json.dumps({"model": "demo", "stream": True, "messages": [{"role": "user", "content": "slow"}]})
        with (
            socket.create_connection(("127.0.0.1", where.port or 0), timeout=60) as plain,
            trusting(authority).wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            head = f"POST /models/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n"
            head += f"api-key: {KEY}\r\nContent-Type: application/json\r\n\r\n"
            secure.sendall((head + body).encode())
            begun = secure.recv(65536)
            server.process.terminate()
            rest = b"".join(iter(lambda: secure.recv(65536), b""))
        assert begun.startswith(b"HTTP/1.1 200 OK\r\n")
        assert rest.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
        assert server.process.wait(60) == 0
