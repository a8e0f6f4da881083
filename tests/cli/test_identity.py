"""`zaffre serve --dev-identity`: a token authority on this machine, and servers that take its tokens."""

import json
import re
import urllib.error
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cli.command import CONFIG, PATIENCE, Server, asking, serving, written, zaffre

KEYLESS = CONFIG.replace("keys: [env:ZAFFRE_KEY]\n", "")
AUDIENCE = "https://cognitiveservices.azure.com"


def exported(server: Server) -> dict[str, str]:
    """What the banner says to set."""
    server.out.until(r"^    client_secret  \S+$")
    return dict(re.findall(r"^    export (IDENTITY_\w+)=(\S+)$", server.out.text, re.MULTILINE))


def token(server: Server) -> str:
    """A token, got by what the banner says alone."""
    said = exported(server)
    query = urlencode({"api-version": "2019-08-01", "resource": AUDIENCE})
    asked = urllib.request.Request(
        f"{said['IDENTITY_ENDPOINT']}?{query}", headers={"X-IDENTITY-HEADER": said["IDENTITY_HEADER"]}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        found: str = json.load(answer)["access_token"]
        return found


def chat(server: Server, bearer: str) -> int:
    """The status of an answer."""
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    body = json.dumps(asking("Hello!", "demo")).encode()
    asked = urllib.request.Request(f"{server.url}/models/chat/completions", body, headers)
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_the_banner_says_what_to_set_and_the_token_opens_the_server(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data", "--dev-identity") as server:
        assert exported(server)["IDENTITY_ENDPOINT"] == f"{server.url}/msi/token"
        assert "with disable_instance_discovery=True, once there is https (--dev-tls)\n" in server.out.text
        assert chat(server, token(server)) == 200
        assert chat(server, "a.wrong.one") == 401
        assert server.chat("Hello!")[0] == 200


def test_without_a_key_it_takes_tokens_alone(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path, KEYLESS), "--data", tmp_path / "data", "--dev-identity") as server:
        assert chat(server, token(server)) == 200
        assert server.chat("Hello!", key="any")[0] == 401
        assert "no keys are configured" not in server.err.text


def test_another_server_takes_its_tokens_as_those_of_any_issuer(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data", "--dev-identity") as authority:
        issuer = authority.out.until(r"^identity: (\S+)$")[1]
        identity = f"identity: {{issuer: '{issuer}', roles: {{all: {{deployments: all, anyone: yes}}}}}}\n"
        other = tmp_path / "other"
        other.mkdir()
        with serving("--config", written(other, KEYLESS + identity), "--data", other / "data") as server:
            assert chat(server, token(authority)) == 200
            assert server.chat("Hello!", key="any")[0] == 401


def test_its_secret_and_the_tokens_it_gave_outlast_a_restart(tmp_path: Path) -> None:
    def start(port: int = 0) -> AbstractContextManager[Server]:
        return serving("--config", written(tmp_path), "--data", tmp_path / "data", "--dev-identity", port=port)

    with start() as first:
        kept, said = token(first), exported(first)
        port = int(first.url.rpartition(":")[2])
    with start(port) as second:
        assert exported(second) == said
        assert chat(second, kept) == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_beyond_loopback_it_gives_nobody_tokens(tmp_path: Path, host: str) -> None:
    config = written(tmp_path)
    done = zaffre("serve", "--config", config, "--data", tmp_path, "--port", "0", "--host", host, "--dev-identity")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"zaffre: refusing to give out tokens on {host}: --dev-identity is for the loopback interface\n"
    )


def test_a_key_that_is_none_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "identity"
    folder.mkdir(parents=True)
    (folder / "signing.pem").write_text("nothing\n")
    done = zaffre("serve", "--config", written(tmp_path), "--data", tmp_path / "data", "--dev-identity", "--port", "0")
    assert done.returncode == 2
    assert (
        done.stderr == f"zaffre: {folder / 'signing.pem'} is not as zaffre made it; delete it to have a new key made\n"
    )


def test_beyond_loopback_an_issuer_is_as_good_as_a_key(tmp_path: Path) -> None:
    identity = "identity: {issuer: 'http://127.0.0.1:1/t', roles: {all: {deployments: all}}}\n"
    config = written(tmp_path, KEYLESS + identity)
    with serving("--config", config, "--data", tmp_path / "data", "--host", "0.0.0.0") as server:
        assert server.chat("Hello!", key="any")[0] == 401
