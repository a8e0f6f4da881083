"""Blocklists made at the command line, while a server runs and without one."""

import time
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE, asking, serving, written
from tests.cli.test_deployment import Command

CONFIG = """\
keys: [env:ZAFFRE_KEY]
connections:
  script: {provider: scripted, rules: rules.yaml, models: [scripted-chat]}
blocklists:
  ours: {items: [plain]}
deployments:
  demo: {model: scripted-chat, connection: script}
"""


@pytest.fixture
def run(tmp_path: Path) -> Command:
    return Command(written(tmp_path, CONFIG), tmp_path / "data")


def test_a_list_is_created_filled_shown_emptied_and_deleted(run: Command, tmp_path: Path) -> None:
    assert run("blocklist", "create", "mine", "--description", "why").startswith("created mine; ")
    assert run("blocklist", "update", "mine", "--description", "because").startswith("updated mine; ")
    assert run("blocklist", "list").splitlines()[-1].split() == ["mine", "0", "because", "stored"]
    assert run.json("blocklist", "update", "mine", "--unset", "description") == {"name": "mine", "description": None}
    assert run.json("blocklist", "add", "mine", "one", "two words") == {"name": "mine", "added": 2}
    (tmp_path / "more.txt").write_text("a+b\n\nc{2}\n")
    run("blocklist", "add", "mine", "--regex-file", str(tmp_path / "more.txt"))
    shown = [("one", False), ("two words", False), ("a+b", True), ("c{2}", True)]
    assert run.json("blocklist", "show", "mine") == [{"item": item, "regex": regex} for item, regex in shown]
    assert run("blocklist", "show", "ours").splitlines() == ["ITEM   REGEX", "plain"]
    listed = run("blocklist", "list").splitlines()
    assert [line.split()[:2] for line in listed] == [["BLOCKLIST", "ITEMS"], ["ours", "1"], ["mine", "4"]]
    assert run.json("blocklist", "remove", "mine", "one", "a+b") == {"name": "mine", "removed": 2}
    assert [each["item"] for each in run.json("blocklist", "show", "mine")] == ["two words", "c{2}"]
    assert run.json("blocklist", "delete", "mine") == {"deleted": "mine"}
    assert "there is no blocklist mine; there are: ours" in run.refused("blocklist", "show", "mine")


def test_what_cannot_be_is_refused_and_says_why(run: Command) -> None:
    run("blocklist", "create", "mine")
    for arguments, message in (
        (("create", "mine"), "there is a blocklist mine already"),
        (("create", "a/b"), "The name of a blocklist has 1 to 64 letters"),
        (("update", "none", "--description", "x"), "there is no blocklist none; there are: ours, mine"),
        (("update", "mine"), "expected --description or --unset"),
        (("update", "mine", "--description", "x", "--unset", "description"), "cannot be set and unset at once"),
        (("update", "ours", "--description", "x"), "is declared in"),
        (("add", "none", "x"), "there is no blocklist none; there are: ours, mine"),
        (("add", "mine"), "expected items, --regex with patterns"),
        (("add", "mine", "--regex", "("), "(: pattern: RE2 cannot read this regular expression"),
        (("remove", "mine", "x"), "there is no item 'x' in the blocklist mine"),
        (("add", "ours", "x"), "is declared in"),
        (("delete", "ours"), "is declared in"),
    ):
        assert message in run.refused("blocklist", *arguments)
    run("filter", "create", "f", "--blocklists", "mine")
    assert "is used by the content filter 'f'" in run.refused("blocklist", "delete", "mine")


def test_a_running_server_sees_what_is_added(run: Command, tmp_path: Path) -> None:
    run("blocklist", "create", "mine")
    run("filter", "create", "f", "--blocklists", "mine")
    run("deployment", "create", "d", "--model", "scripted-chat", "--connection", "script", "--set", "content_filter=f")
    with serving("--config", tmp_path / "zaffre.yaml", "--data", tmp_path / "data") as server:
        chat = asking("some secret words", "d")
        assert server.post("/models/chat/completions", chat)[0] == 200
        run("blocklist", "add", "mine", "secret")
        ends = time.monotonic() + PATIENCE
        while (status := server.post("/models/chat/completions", chat)[0]) == 200:
            assert time.monotonic() < ends
        assert status == 400
