"""Deployments, connections and keys made at the command line, while a server runs and without one."""

import json
import time
from pathlib import Path

import pytest

from tests.cli.command import KEY, PATIENCE, asking, serving, written, zaffre

UPSTREAM = """\
keys: [env:ZAFFRE_KEY]
connections:
  script: {provider: scripted, rules: rules.yaml, models: [scripted-chat]}
deployments:
  demo: {model: scripted-chat, connection: script}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path, UPSTREAM)


class Command:
    """`zaffre` on one configuration and data folder."""

    def __init__(self, config: Path, data: Path) -> None:
        self._options = ["--config", config, "--data", data]

    def __call__(self, *arguments: str) -> str:
        done = zaffre(*arguments, *self._options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> object:
        return json.loads(self(*arguments, "--json"))

    def refused(self, *arguments: str) -> str:
        done = zaffre(*arguments, *self._options)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr


@pytest.fixture
def run(config: Path, tmp_path: Path) -> Command:
    return Command(config, tmp_path / "data")


def test_what_is_created_is_listed_shown_changed_and_deleted(run: Command) -> None:
    made = ("deployment", "create", "mistral", "--model", "scripted-chat", "--sku", "GlobalStandard")
    assert (
        run(*made, "--capacity", "100", "--rpm", "60")
        == "created mistral; a running server sees it within two seconds\n"
    )
    shown = {
        "name": "mistral",
        "model": "scripted-chat",
        "connection": "script",
        "sku": "GlobalStandard",
        "capacity": 100,
        "rpm": 60,
        "from": "stored",
    }
    assert run.json("deployment", "show", "MISTRAL") == shown
    assert run.json("deployment", "update", "mistral", "--rpm", "90", "--unset", "capacity", "--unset", "sku") == {
        "name": "mistral",
        "model": "scripted-chat",
        "connection": "script",
        "rpm": 90,
    }
    lines = run("deployment", "list").splitlines()
    assert [line.split()[0] for line in lines] == ["DEPLOYMENT", "demo", "mistral"]
    assert run.json("deployment", "delete", "mistral") == {"deleted": "mistral"}
    assert len(run("deployment", "list").splitlines()) == 2


def test_the_day_without_the_model_is_listed_and_shown(run: Command) -> None:
    run("deployment", "create", "going", "--model", "scripted-chat", "--set", "retires=9999-10-01")
    heads, *lines = run("deployment", "list").splitlines()
    assert "RETIREMENT" in heads
    assert ["9999-10-01" in line for line in lines] == [False, True]
    shown = run.json("deployment", "show", "going")
    assert isinstance(shown, dict)
    assert (shown["retires"], shown["retirement"]) == ("9999-10-01", "9999-10-01")


def test_a_running_server_answers_by_it_without_a_restart(config: Path, run: Command, tmp_path: Path) -> None:
    with serving("--config", config, "--data", tmp_path / "data") as server:

        def becomes(status: int, key: str | None = None) -> None:
            """What has changed is seen soon; only a failing test waits for long."""
            chat = asking("Hi", "mistral")
            given_up = time.monotonic() + PATIENCE
            while (found := server.post("/models/chat/completions", chat, key)[0]) != status:
                assert time.monotonic() < given_up, found

        becomes(404)
        run("deployment", "create", "mistral", "--model", "scripted-chat")
        becomes(200)
        key = run("key", "create", "team", "--deployment", "mistral").strip()
        becomes(200, key)
        assert server.post("/models/chat/completions", asking("Hi", "demo"), key)[0] == 404
        run("key", "revoke", "team")
        becomes(401, key)
        run("deployment", "delete", "mistral")
        becomes(404)
        assert server.post("/models/chat/completions", asking("Hi", "demo"))[0] == 200


def test_what_the_file_declares_is_shown_and_not_changed(run: Command, config: Path) -> None:
    shown = run.json("deployment", "show", "demo")
    assert isinstance(shown, dict)
    assert shown["from"] == f"{config}:5"
    for change in (("update", "demo", "--rpm", "3"), ("delete", "demo")):
        assert f"declared in {config}:5" in run.refused("deployment", *change)


def test_a_connection_shows_no_secret_and_takes_none(run: Command) -> None:
    url = "http://127.0.0.1:9000/v1"
    run("connection", "create", "vllm", "--provider", "vllm", "--base-url", url, "--credential", "env:ZAFFRE_KEY")
    assert KEY not in run("connection", "show", "vllm")
    refused = run.refused("connection", "create", "open", "--provider", "openai", "--credential", "sk-plain")
    assert "credential: expected a reference" in refused
    assert "sk-plain" not in refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("deployment", "create", "demo2", "--model", "gpt"), "no connection offers gpt: name one of script"),
        (("deployment", "show", "dmeo"), "there is no deployment dmeo; there are: demo"),
        (("deployment", "create", "x", "--model", "scripted-chat", "--rpm", "many"), "rpm: expected a whole number"),
        (("deployment", "update", "demo", "--rpm", "9", "--unset", "rpm"), "rpm cannot be set and unset at once"),
        (("deployment", "create", "x", "--model", "m", "--set", "colour"), "--set: expected KEY=VALUE, found 'colour'"),
        (("connection", "delete", "script"), "declared in"),
        (("key", "revoke", "nobody"), "there is no key nobody"),
        (("key", "revoke", "key1"), "the server always has a key1"),
        (("key", "regenerate", "key1"), "declared in"),
        (("key", "create", "t", "--surface", "ftp"), "surfaces"),
    ],
)
def test_a_mistake_says_what_would_be_right(run: Command, arguments: tuple[str, ...], message: str) -> None:
    assert message in run.refused(*arguments)


def test_a_server_without_a_file_has_two_keys_one_of_which_is_made_anew(tmp_path: Path) -> None:
    def keys(*more: str) -> list[dict[str, str]]:
        listed: list[dict[str, str]] = json.loads(zaffre("key", "list", "--json", "--data", tmp_path, *more).stdout)
        return listed

    before = keys("--reveal")
    made = zaffre("key", "regenerate", "KEY2", "--data", tmp_path).stdout.strip()
    after = keys("--reveal")
    assert before[0] == after[0]
    assert (before[1]["key"] != made, after[1]["key"]) == (True, made)
    assert all(len(each["key"]) == 5 for each in keys())
