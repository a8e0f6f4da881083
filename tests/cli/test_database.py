"""Servers that keep everything in PostgreSQL."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import CONFIG, KEY, PATIENCE, Server, asking, environment, serving, written, zaffre
from tests.store.conftest import postgres_server

__all__ = ["postgres_server"]

URL = "ZAFFRE_DATABASE"


@pytest.fixture
def address(postgres_server: object) -> str:
    found: str = postgres_server.database()  # type: ignore[attr-defined]
    return found


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path, f"database: env:{URL}\n{CONFIG}")


@pytest.fixture
def nodes(config: Path, address: str, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two servers with data folders of their own, and one database."""
    env = environment(ZAFFRE_KEY=KEY, **{URL: address})
    with (
        serving("--config", config, "--data", tmp_path / "one", env=env) as one,
        serving("--config", config, "--data", tmp_path / "two", env=env) as two,
    ):
        yield one, two


def test_what_one_node_keeps_another_one_has(nodes: tuple[Server, Server]) -> None:
    one, two = nodes
    status, made = one.post("/openai/v1/responses", {"model": "demo", "input": "Hi"})
    assert status == 200
    status, found = two.get(f"/openai/v1/responses/{made['id']}")
    assert (status, found["output"]) == (200, made["output"])


def test_a_deployment_that_is_made_is_answered_by_every_node(
    nodes: tuple[Server, Server], config: Path, address: str, tmp_path: Path
) -> None:
    env = environment(ZAFFRE_KEY=KEY, **{URL: address})
    made = ("deployment", "create", "more", "--model", "scripted-chat", "--connection", "script")
    assert zaffre(*made, "--config", config, "--data", tmp_path / "cli", env=env).returncode == 0
    for node in nodes:
        given_up = time.monotonic() + PATIENCE
        while node.post("/models/chat/completions", asking("Hi", "more"))[0] != 200:
            assert time.monotonic() < given_up
    for node in nodes:
        node.stop()
    done = zaffre("usage", "--json", "--config", config, "--data", tmp_path / "cli", env=env)
    (total,) = json.loads(done.stdout)
    assert (total["deployment"], total["calls"]) == ("more", 2)


def test_the_database_is_brought_up_to_date_ahead_of_a_start(config: Path, address: str, tmp_path: Path) -> None:
    env = environment(ZAFFRE_KEY=KEY, **{URL: address})
    at = ("--config", config, "--data", tmp_path)
    first, second = (zaffre("db", "migrate", "--json", *at, env=env) for _ in range(2))
    assert json.loads(first.stdout)["applied"][:2] == ["0001_responses.sql", "0002_usage.sql"]
    assert json.loads(second.stdout) == {"applied": []}


@pytest.mark.parametrize(
    "wrong", ["postgresql://zaffre:a-secret@127.0.0.1:1/zaffre", "mysql://zaffre:a-secret@there/x"]
)
def test_a_database_that_is_not_there_is_named_without_its_password(config: Path, wrong: str, tmp_path: Path) -> None:
    env = environment(ZAFFRE_KEY=KEY, **{URL: wrong})
    done = zaffre("db", "migrate", "--config", config, "--data", tmp_path, env=env)
    assert done.returncode in (1, 2)
    assert "PostgreSQL" in done.stderr or "postgresql://" in done.stderr
    assert "a-secret" not in done.stderr


def test_a_file_is_brought_up_to_date_too(tmp_path: Path) -> None:
    assert "0003_resources.sql" in zaffre("db", "migrate", "--data", tmp_path).stdout
    assert "nothing to do" in zaffre("db", "migrate", "--data", tmp_path).stdout
