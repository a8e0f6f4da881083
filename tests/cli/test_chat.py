"""`zaffre chat`: with a running server, or without one."""

import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.cli.command import (
    CONFIG,
    KEY,
    NOISE,
    PATIENCE,
    PYTHON,
    Server,
    answered,
    environment,
    serving,
    written,
    zaffre,
)


def unused(config: str = CONFIG) -> str:
    """A configuration whose usual address is nobody's."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"{config}server: {{port: {free.getsockname()[1]}}}\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("chat")
    with serving("--config", written(folder), "--data", folder, "--dev-tls") as started:
        yield started


def test_a_running_server_answers_piped_lines_one_by_one(tmp_path: Path, server: Server) -> None:
    done = zaffre(
        "chat", "demo", "--endpoint", server.url, "--key", KEY, "--data", tmp_path, stdin="Hello!\n\nAgain.\nThe end"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "You said: Hello!\nYou said: Again.\nYou said: The end\n"


def test_a_running_server_is_found_where_the_configuration_says(tmp_path: Path, server: Server) -> None:
    port = server.url.rpartition(":")[2]
    config = written(tmp_path, f"{CONFIG}server: {{port: {port}}}\n", "rules: [{reply: {text: not here}}]")
    done = zaffre("chat", "--config", config, "--data", tmp_path, stdin="Hello!")
    assert (done.returncode, done.stdout, done.stderr) == (0, "You said: Hello!\n", "")


def test_over_https_the_authority_to_trust_is_named(tmp_path: Path, server: Server) -> None:
    url, authority = server.secure()
    asked = ["chat", "demo", "--endpoint", url, "--key", KEY, "--data", tmp_path]
    trusted = zaffre(*asked, "--ca", authority, stdin="Hello!")
    assert (trusted.returncode, trusted.stdout) == (0, "You said: Hello!\n")
    untrusted = zaffre(*asked, stdin="Hello!")
    assert (untrusted.returncode, untrusted.stdout) == (1, "")
    assert "certificate verify failed" in untrusted.stderr


def test_a_wrong_key_is_said(tmp_path: Path, server: Server) -> None:
    done = zaffre("chat", "demo", "--endpoint", server.url, "--key", "wrong", "--data", tmp_path, stdin="Hello!")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "zaffre: the server takes another key: --key\n")


def test_an_unknown_deployment_is_said(tmp_path: Path, server: Server) -> None:
    done = zaffre("chat", "nobody", "--endpoint", server.url, "--key", KEY, "--data", tmp_path, stdin="Hello!")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody" in done.stderr


def test_an_answer_that_breaks_off_does_not_end_the_conversation(tmp_path: Path, server: Server) -> None:
    done = zaffre("chat", "demo", "--endpoint", server.url, "--key", KEY, "--data", tmp_path, stdin="cut\nHello!\n")
    assert done.stdout == "one two\nYou said: Hello!\n"
    assert done.stderr.startswith("zaffre: ")
    assert done.returncode == 0


def test_a_server_that_is_named_but_not_there_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = zaffre("chat", "--endpoint", f"http://127.0.0.1:{port}", "--data", tmp_path, stdin="Hello!")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in done.stderr


def test_an_address_that_is_none_is_said(tmp_path: Path) -> None:
    done = zaffre("chat", "--endpoint", "nowhere", "--data", tmp_path, stdin="Hello!")
    assert done.returncode == 1
    assert done.stderr.startswith("zaffre: ")


def test_without_a_server_the_configuration_answers_in_this_process(tmp_path: Path) -> None:
    done = zaffre("chat", "--config", written(tmp_path, unused()), "--data", tmp_path, stdin="Hello!\ncut\nAgain.")
    assert done.stdout == "You said: Hello!\none two\nYou said: Again.\n"
    assert done.stderr == "zaffre: the answer broke off\n"
    assert done.returncode == 0


def test_another_program_at_the_usual_address_is_not_taken_for_a_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        config = written(tmp_path, f"{CONFIG}server: {{port: {port}}}\n")
        command = [*PYTHON, "-m", "zaffre", "chat", "--config", str(config), "--data", str(tmp_path)]
        with subprocess.Popen(
            command, env=environment(ZAFFRE_KEY=KEY), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as chat:
            asking, _ = other.accept()
            asking.recv(65536)
            asking.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
            asking.close()
            assert chat.communicate("Hello!", timeout=PATIENCE)[0] == "You said: Hello!\n"


def test_without_a_server_a_wrong_name_is_said(tmp_path: Path) -> None:
    done = zaffre("chat", "nobody", "--config", written(tmp_path, unused()), "--data", tmp_path, stdin="Hello!")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody" in done.stderr


def test_without_a_server_a_local_model_answers(tmp_path: Path, warm_data: Path) -> None:
    config = unused(
        "connections: {l: {provider: local}}\ndeployments: {tiny: {model: smollm2-135m-instruct, connection: l}}\n"
    )
    options = ["--config", str(written(tmp_path, config)), "--data", str(warm_data)]
    command = [*PYTHON, "-m", "zaffre", "chat", *options]
    done = answered(command, "What is a lighthouse?", environment(ZAFFRE_KEY=KEY))
    assert len(done.stdout.split()) > 1
    assert not NOISE.search(done.stderr), done.stderr
    assert "What is a lighthouse" not in done.stderr


def test_without_a_chat_deployment_one_must_be_named(tmp_path: Path) -> None:
    config = CONFIG.replace("  demo: {model: scripted-chat, connection: script}\n", "")
    done = zaffre("chat", "--config", written(tmp_path, unused(config)), "--data", tmp_path)
    assert (done.returncode, done.stderr) == (2, "zaffre: no chat deployment is configured; name one\n")


def test_on_a_terminal_there_is_a_prompt_and_ctrl_c_ends_it(tmp_path: Path, server: Server) -> None:
    ours, theirs = pty.openpty()
    command = [*PYTHON, "-m", "zaffre", "chat", "demo", "--endpoint", server.url, "--key", KEY, "--data", str(tmp_path)]
    chat = subprocess.Popen(
        command,
        env=environment(TERM="dumb"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        # Whoever runs the tests in the background may have it ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    os.close(theirs)
    try:
        _read_until(ours, b"> ")
        os.write(ours, b"Hello!\n")
        assert b"You said: Hello!" in _read_until(ours, b"\n> ")
        # Python misses a signal that comes between its prompt and its read; a person presses the key again.
        given_up = time.monotonic() + PATIENCE
        while chat.poll() is None and time.monotonic() < given_up:
            chat.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                chat.wait(1)
        assert chat.returncode == 130
    finally:
        chat.kill()
        chat.wait()
        os.close(ours)


def _read_until(terminal: int, end: bytes) -> bytes:
    seen = b""
    while not seen.endswith(end):
        seen += os.read(terminal, 1024)
    return seen
