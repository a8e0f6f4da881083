"""Figures for Prometheus are shown on this machine, and to those who manage."""

from typing import Any

import pytest

from zaffre.api.figures import figures
from zaffre.auth.keys import Keys
from zaffre.net.http import Request, Response, is_local

MANAGER = "the-key-of-those-who-manage"


def asked(method: str = "GET", local: bool = True, **headers: str) -> Response:
    fields = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return figures(Request(method, "/metrics", "", fields, local=local), lambda: b"a_figure 1\n", Keys([MANAGER]))


def test_who_asks_from_this_machine_is_shown_them() -> None:
    answer = asked()
    assert (answer.status, answer.body) == (200, b"a_figure 1\n")
    assert dict(answer.headers)[b"content-type"].startswith(b"text/plain")


@pytest.mark.parametrize("answer", [asked(local=False), asked(x_forwarded_for="203.0.113.9"), asked(forwarded="for=a")])
def test_who_asks_from_elsewhere_is_not(answer: Response) -> None:
    assert answer.status == 401


def test_who_brings_a_management_key_is_shown_them_anywhere() -> None:
    assert asked(local=False, authorization=f"Bearer {MANAGER}").status == 200
    assert asked(local=False, authorization="Bearer another").status == 401


def test_figures_are_only_read() -> None:
    assert asked("POST").status == 405


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        (("127.0.0.1", 1), True),
        (("127.1.2.3", 1), True),
        (("::1", 1, 0, 0), True),
        (("::ffff:127.0.0.1", 1, 0, 0), True),
        ("", True),
        (("10.0.0.1", 1), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        (None, False),
        (("testclient", 1), False),
    ],
)
def test_the_other_end_is_on_this_machine_or_not(peer: Any, local: bool) -> None:
    assert is_local(peer) is local
