"""A gateway that can't be had is said so at once, and with its own words."""

import sys
from pathlib import Path

import pytest

from bench.native import CannotRun
from bench.peers import Peer, installed
from bench.targets import Gateway, Mock


def test_a_peer_that_cannot_be_installed_is_said_with_what_pip_said(tmp_path: Path) -> None:
    peer = Peer(("not a requirement",), lambda _programs, _place: [], "/", checks_key=False, environment={})
    with pytest.raises(CannotRun, match=r"(?s)nobody can't be installed:.*not a requirement"):
        installed("nobody", peer, tmp_path)
    assert not (tmp_path / "nobody" / "installed.txt").exists()


def test_a_gateway_that_ends_is_said_with_what_it_printed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "raise SystemExit('no such worker')"]
    gateway = Gateway("broken", lambda _: argv, "/", {})
    with (
        pytest.raises(CannotRun, match=r"(?s)broken ended with 1:.*no such worker"),
        gateway.running(Mock(9), None, tmp_path),
    ):
        pass


def test_a_gateway_that_is_not_there_is_said(tmp_path: Path) -> None:
    gateway = Gateway("absent", lambda _: [str(tmp_path / "nowhere")], "/", {})
    with pytest.raises(CannotRun, match="nowhere is not installed"), gateway.running(Mock(9), None, tmp_path):
        pass
