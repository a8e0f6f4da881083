"""A list says the same of a text, whoever asks: text:analyze, or the content filter of a deployment."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.contentsafety.conftest import CONFIG, KEY, Caller
from tests.app.configured import chat, resumed
from tests.safety.words import Words
from zaffre.app import Application
from zaffre.core.resources import Kind
from zaffre.services.control.bodies import ItemBody, ListBody

FILE = f"""\
{CONFIG}
  filtered: {{model: scripted-chat, connection: script, content_filter: filtered}}
blocklists:
  file: {{items: [nightjar, two words, {{pattern: "NJ-[0-9]{{4}}", regex: true}}]}}
content_filters:
  filtered: {{blocklists: [file]}}
"""
STORED = {
    "word": ItemBody("nightjar"),
    "phrase": ItemBody("two words"),
    "regex": ItemBody("NJ-[0-9]{4}", regex=True),
}


@pytest.fixture
async def application(tmp_path: Path) -> AsyncIterator[Application]:
    """With the same list in the file and stored, each in the filter of a deployment."""
    async with resumed(tmp_path, FILE, classifier=Words()) as served:
        await served.blocklists.put("Stored", lambda _: ListBody(), actor="test")
        await served.blocklists.put_items("stored", STORED, actor="test")
        for kind, name, said in (
            (Kind.CONTENT_FILTER, "kept", {"blocklists": ["Stored"]}),
            (Kind.DEPLOYMENT, "kept", {"model": "scripted-chat", "connection": "script", "content_filter": "kept"}),
        ):
            body = json.dumps(said).encode()
            await served.control.change(kind, name, lambda _, body=body: body, actor="test")  # type: ignore[misc]
        yield served


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A NIGHTJAR, two\nwords, NJ-1234", ["nightjar", "two words", "NJ-[0-9]{4}"]),
        ("my_nightjar", ["nightjar"]),
        ("The night\u200bj\u0430r", ["nightjar"]),
        ("\uff4e\uff49\uff47\uff48\uff54\uff4a\uff41\uff52", ["nightjar"]),
        ("\u039dJ-1\u200b234", ["NJ-[0-9]{4}"]),
        ("nightjars, twowords, nj-1234", []),
    ],
)
async def test_a_list_says_the_same_of_a_text_whoever_asks(caller: Caller, text: str, found: list[str]) -> None:
    for deployment, listed in (("filtered", "FILE"), ("kept", "stored")):
        body = {"text": text, "blocklistNames": [listed]}
        _, answer = await caller.told("POST", "/contentsafety/text:analyze", body)
        assert [each["blocklistItemText"] for each in answer["blocklistsMatch"]] == found
        answered = await caller.ask("POST", "/models/chat/completions", chat(text, deployment), api_key=KEY)
        assert answered.status == (400 if found else 200)


async def test_a_list_of_the_file_is_shown_and_not_changed(caller: Caller) -> None:
    lists = "/contentsafety/text/blocklists"
    _, all_of_them = await caller.told("GET", lists)
    assert [each["blocklistName"] for each in all_of_them["value"]] == ["file", "Stored"]
    assert await caller.told("GET", f"{lists}/File") == (200, {"blocklistName": "file"})
    _, items = await caller.told("GET", f"{lists}/file/blocklistItems")
    assert [each["blocklistItemId"] for each in items["value"]] == ["1", "2", "3"]
    for method, path, body in (
        ("PATCH", f"{lists}/file", {}),
        ("DELETE", f"{lists}/file", None),
        ("POST", f"{lists}/file:addOrUpdateBlocklistItems", {"blocklistItems": [{"text": "a"}]}),
        ("POST", f"{lists}/file:removeBlocklistItems", {"blocklistItemIds": ["1"]}),
    ):
        assert (await caller.ask(method, path, body)).status == 409
