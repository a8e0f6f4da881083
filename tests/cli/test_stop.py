"""How a server ends: what is in flight first, within bounds."""

import http.client
import signal
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.command import CONFIG, PATIENCE, Server, serving, written

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def refuses_connections(server: Server) -> None:
    """Wait until nothing listens any more."""
    where = urlsplit(server.url)
    for _ in range(int(PATIENCE * 100)):
        try:
            socket.create_connection((where.hostname, where.port), timeout=PATIENCE).close()
        except (ConnectionRefusedError, ConnectionResetError):
            return
        threading.Event().wait(0.01)
    raise AssertionError("it still listens")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_an_idle_server_with_status_0(tmp_path: Path, number: signal.Signals) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path) as server:
        kept = server.connect()
        kept.request("GET", "/health/ready")
        assert kept.getresponse().read()
        assert server.stop(number) == 0
        kept.close()
    assert server.err.text == ""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_stream_in_flight_is_finished_and_no_new_connection_taken(tmp_path: Path, number: signal.Signals) -> None:
    with serving("--config", written(tmp_path), "--data", tmp_path) as server, server.stream("slow") as answer:
        server.process.send_signal(number)
        refuses_connections(server)
        assert answer.read().endswith(b"data: [DONE]\n\n")
        assert server.process.wait(PATIENCE) == 0


def test_a_stop_waits_no_longer_than_server_drain(tmp_path: Path) -> None:
    config = written(tmp_path, f"{CONFIG}server: {{drain: 0.2}}\n")
    with serving("--config", config, "--data", tmp_path) as server, server.stream("endless") as answer:
        assert server.stop() == 0
        with pytest.raises(http.client.IncompleteRead):
            answer.read()


@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_waits_for_nobody(tmp_path: Path, second: signal.Signals) -> None:
    config = written(tmp_path, f"{CONFIG}server: {{drain: 600}}\n")
    with serving("--config", config, "--data", tmp_path) as server, server.stream("endless") as answer:
        server.process.send_signal(signal.SIGTERM)
        refuses_connections(server)
        assert server.stop(second) == 0
        with pytest.raises(http.client.IncompleteRead):
            answer.read()


def test_a_server_whose_models_are_still_loading_ends_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "never.gguf"
    fifo.write_bytes(b"GGUF")
    config = written(
        tmp_path,
        "keys: [env:ZAFFRE_KEY]\nconnections: {local: {provider: local}}\n"
        "deployments: {broken: {model: m, connection: local, source: never.gguf}}\n",
    )
    with serving("--config", config, "--data", tmp_path) as server:
        assert server.stop() == 0


def test_a_local_stream_in_flight_is_finished(warm_data: Path) -> None:
    with serving("--data", warm_data) as server:
        with server.stream("Count to one hundred.", model="smollm2") as answer:
            server.process.send_signal(signal.SIGINT)
            assert answer.read().endswith(b"data: [DONE]\n\n")
        assert server.process.wait(PATIENCE) == 0


def test_a_local_stream_that_takes_too_long_is_cut(tmp_path: Path, warm_data: Path) -> None:
    config = written(
        tmp_path,
        "keys: [env:ZAFFRE_KEY]\nconnections: {local: {provider: local}}\n"
        "deployments: {tiny: {model: smollm2-135m-instruct, connection: local}}\nserver: {drain: 0.01}\n",
    )
    with (
        serving("--config", config, "--data", warm_data) as server,
        server.stream("Write a very long story about a lighthouse.", model="tiny") as answer,
    ):
        assert server.stop() == 0
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
