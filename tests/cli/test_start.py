"""What a start says, makes and refuses."""

import re
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.command import CONFIG, KEY, PATIENCE, PYTHON, environment, serving, written, zaffre

KEYLESS = CONFIG.replace("keys: [env:ZAFFRE_KEY]\n", "")


def test_the_banner_names_endpoint_and_deployments_and_the_server_answers_there(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path / "data") as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", server.url)
        assert server.out.until(r"^    demo +chat-completions +scripted-chat$")
        assert server.out.until(r"^    embed +embeddings +scripted-embed$")
        assert server.get("/health/ready") == (200, {"status": "ready"})
        assert server.get("/health/live") == (200, {"status": "live"})
        assert server.chat("Hello!") == (200, "You said: Hello!")


def test_a_configured_key_is_never_printed(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG.replace("env:ZAFFRE_KEY", "env:ZAFFRE_KEY, plain-secret-of-the-file"))
    with serving("--config", config, "--data", tmp_path) as server:
        server.out.until(r"YOUR-KEY")
        assert server.chat("Hello!", key="plain-secret-of-the-file")[0] == 200
        assert server.chat("a secret prompt", key="a-wrong-key")[0] == 401
    assert "warning: " in server.err.text
    assert "zaffre.yaml:1: keys[1] is written in the file in plain text" in server.err.text
    for secret in (KEY, "plain-secret-of-the-file", "a-wrong-key", "a secret prompt"):
        assert secret not in server.out.text + server.err.text


def test_the_first_start_makes_a_key_that_later_starts_keep(warm_data: Path) -> None:
    with serving("--data", warm_data) as server:
        first = server.key
        assert re.fullmatch(r"[A-Za-z0-9_-]{32,}", first)
        assert server.get("/models/info")[0] == 200
        assert server.chat("Hello!", model="smollm2", key="another")[0] == 401
    with serving("--data", warm_data) as server:
        assert server.key == first
    assert stat.S_IMODE((warm_data / "keys").stat().st_mode) == 0o600


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    zaffre("model", "list", "--data", tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    local = (
        "connections: {local: {provider: local}}\ndeployments: {a: {model: smollm2-135m-instruct, connection: local}}"
    )
    config = written(tmp_path, f"{local}\nserver: {{port: 1}}\n")
    zaffre("chat", "--config", config, "--data", tmp_path / "newer", "--endpoint", "http://127.0.0.1:1")
    zaffre("chat", "b", "--config", config, "--data", tmp_path / "newer")
    assert stat.S_IMODE((tmp_path / "newer").stat().st_mode) == 0o700


def test_the_data_folder_may_be_named_from_where_one_stands(tmp_path: Path) -> None:
    written(tmp_path)
    with serving("--config", "zaffre.yaml", "--data", "here", "--dev-tls", cwd=tmp_path) as server:
        _, authority = server.secure()
        assert authority == tmp_path / "here" / "tls" / "ca.pem"


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = zaffre("serve", "--config", written(tmp_path), "--data", tmp_path, "--port", port)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"zaffre: port {port} on 127.0.0.1 is taken by another program\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_beyond_loopback_a_server_without_a_key_is_refused(tmp_path: Path, host: str) -> None:
    config = written(tmp_path, KEYLESS)
    done = zaffre("serve", "--config", config, "--data", tmp_path, "--port", "0", "--host", host)
    assert done.returncode == 2
    assert done.stderr == f"zaffre: refusing to listen on {host} without a key; name one under `keys`\n"
    assert done.stdout == ""


def test_the_host_of_the_file_is_refused_as_that_of_the_command_line(tmp_path: Path) -> None:
    done = zaffre("serve", "--config", written(tmp_path, f"{KEYLESS}server: {{host: 0.0.0.0, port: 0}}\n"))
    assert done.returncode == 2
    assert "refusing to listen on 0.0.0.0 without a key" in done.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2"])
def test_on_loopback_a_server_without_a_key_warns_and_answers_everybody(tmp_path: Path, host: str) -> None:
    with serving("--config", written(tmp_path, KEYLESS), "--data", tmp_path, "--host", host) as server:
        server.err.until("warning: no keys are configured")
        assert server.chat("Hello!", key="any")[0] == 200


def test_with_a_key_every_address_may_be_served_and_the_banner_names_one_that_works(tmp_path: Path) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, "--host", "0.0.0.0") as server:
        assert server.url.startswith("http://127.0.0.1:")
        server.out.until(r"Listening on every address of this machine \(0\.0\.0\.0\)")
        assert server.chat("Hello!")[0] == 200
        assert server.chat("Hello!", key="wrong")[0] == 401


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6_is_served(tmp_path: Path, host: str) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path, "--host", host) as server:
        assert server.url.startswith("http://[::1]:")
        assert server.chat("Hello!")[0] == 200


def test_a_host_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = zaffre("serve", "--config", written(tmp_path), "--port", "0", "--host", "no-such-host.invalid")
    assert done.returncode == 1
    assert re.fullmatch(r"zaffre: cannot find the host no-such-host\.invalid: .+\n", done.stderr)


def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    done = zaffre("serve", "--config", written(tmp_path), "--port", "0", "--host", "192.0.2.1")
    assert done.returncode == 1
    assert done.stderr.startswith("zaffre: cannot listen on 192.0.2.1, port 0: ")
    assert done.stderr.count("\n") == 1


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = zaffre("serve", "--data", tmp_path / "file" / "data", "--port", "0")
    assert done.returncode == 2
    assert f"{tmp_path}/file/data/keys" in done.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "http", "8_0"])
def test_a_port_that_is_none_is_a_mistake(port: str) -> None:
    done = zaffre("serve", f"--port={port}")
    assert done.returncode == 2
    assert "a port is a number from 0 to 65535" in done.stderr


def test_a_wrong_configuration_is_refused_as_zaffre_check_refuses_it(tmp_path: Path) -> None:
    config = written(tmp_path, "deployments: {a: {model: m, connection: nowhere}}\nkees: []\n")
    checked = zaffre("check", config)
    served = zaffre("serve", "--config", config, "--port", "0", "--data", tmp_path)
    assert (served.returncode, served.stderr) == (checked.returncode, checked.stderr)
    assert served.returncode == 2
    assert f"{config}:2: kees: " in served.stderr


def test_the_banner_is_there_at_once_when_stdout_is_a_file(tmp_path: Path) -> None:
    command = [*PYTHON, "-m", "zaffre", "serve", "--config", str(written(tmp_path)), "--port", "0"]
    path = tmp_path / "out"
    with path.open("w") as out:
        process = subprocess.Popen([*command, "--data", str(tmp_path)], env=environment(ZAFFRE_KEY=KEY), stdout=out)
        while "-d " not in path.read_text():
            assert process.poll() is None
            # Nothing tells when a file grows.
            time.sleep(0.01)
        said = path.read_text()
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert "  endpoint     http://127.0.0.1:" in said
    assert said == path.read_text()
