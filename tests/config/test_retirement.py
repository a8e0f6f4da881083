"""Retirement: what is read of it, and what is refused."""

from datetime import date

import pytest

from tests.config.written import Folder
from zaffre.config.retirement import NEVER, Retirement

DEPLOYMENT = "connections: {up: {provider: openai}}\ndeployments: {a: {model: m, connection: up, %s}}\n"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("retires: 2026-10-01", date(2026, 10, 1)),
        ('retires: "2026-10-01"', date(2026, 10, 1)),
        ("retires: never", NEVER),
        ("retires:", None),
    ],
)
def test_a_day_is_read(folder: Folder, text: str, day: date | None) -> None:
    assert folder.load(DEPLOYMENT % text).config.deployments["a"].retires == day


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "2026-02-30", "1.10.2026", "2026-10-01T00:00:00", "Never"])
def test_what_is_no_day_is_refused(folder: Folder, text: str) -> None:
    (line,) = folder.mistakes(DEPLOYMENT % f'retires: "{text}"')
    assert line == f'zaffre.yaml:2: deployments.a.retires: expected a day such as 2026-10-01, or never, found "{text}"'


def test_an_upgrade_is_one_of_three(folder: Folder) -> None:
    (line,) = folder.mistakes(DEPLOYMENT % "version_upgrade: OnceCurrentVersionExpired")
    assert "expected one of once-new-default, once-current-expired, none, found" in line


def test_warnings_begin_three_months_before_and_nothing_is_refused(folder: Folder) -> None:
    assert folder.load("").config.retirement == Retirement(90, False)
    assert folder.load("retirement: {warn_days: 0, refuse: true}").config.retirement == Retirement(0, True)
