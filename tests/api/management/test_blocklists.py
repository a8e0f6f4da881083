"""Blocklists as those manage them who speak Azure Resource Manager's language."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.management.test_management import CALLER, MANAGER, A, send, told
from tests.app.configured import loaded, resumed
from zaffre.app import Application

FILE = f"""\
keys: [{CALLER}]
management_keys: [{MANAGER}]
connections:
  script: {{provider: scripted, rules: rules.yaml}}
blocklists:
  ours: {{items: [plain, {{pattern: "a+b", regex: true}}]}}
content_filters:
  strict: {{blocklists: [ours]}}
deployments:
  demo: {{model: scripted-chat, connection: script, content_filter: strict}}
"""
LISTS = f"{A}/raiBlocklists"
MINE = f"{LISTS}/Mine"
ITEMS = f"{MINE}/raiBlocklistItems"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Application]:
    async with resumed(tmp_path, FILE) as served:
        yield served


def item(pattern: str, *, regex: bool = False) -> dict[str, Any]:
    return {"properties": {"pattern": pattern, "isRegex": regex}}


def of(list_name: str) -> dict[str, Any]:
    return {"properties": {"customBlocklists": [{"blocklistName": list_name, "source": "Prompt"}]}}


async def status_of(served: Application, text: str, deployment: str = "d") -> int:
    body = {"model": deployment, "messages": [{"role": "user", "content": text}]}
    return (await send(served, "POST", "/models/chat/completions", body, key=CALLER)).status


async def test_a_list_and_its_items_live(served: Application) -> None:
    status, made = await told(served, "PUT", MINE, {"properties": {"description": "why"}})
    assert (status, made["name"], made["properties"], made["id"]) == (201, "Mine", {"description": "why"}, MINE)
    assert (await told(served, "PUT", MINE, {"properties": {}}))[0] == 200
    status, one = await told(served, "PUT", f"{ITEMS}/one", item("a+b", regex=True))
    assert (status, one["name"], one["properties"]) == (201, "one", {"pattern": "a+b", "isRegex": True})
    assert (await told(served, "PUT", f"{ITEMS}/ONE", item("plain")))[0] == 200
    assert (await told(served, "GET", f"{ITEMS}/one"))[1]["properties"] == {"pattern": "plain", "isRegex": False}
    assert [each["name"] for each in (await told(served, "GET", ITEMS))[1]["value"]] == ["one"]
    assert [each["name"] for each in (await told(served, "GET", LISTS))[1]["value"]] == ["ours", "Mine"]
    for _ in range(2):
        assert (await send(served, "DELETE", f"{ITEMS}/one")).status == 204
    assert (await told(served, "GET", f"{ITEMS}/one"))[0] == 404
    for _ in range(2):
        assert (await send(served, "DELETE", MINE)).status == 204
    assert (await told(served, "GET", MINE))[0] == 404


async def test_tags_are_kept(served: Application) -> None:
    tags = {"tags": {"team": "press"}}
    assert (await told(served, "PUT", MINE, {"properties": {}, **tags}))[1]["tags"] == tags["tags"]
    assert (await told(served, "PUT", f"{ITEMS}/one", {**item("plain"), **tags}))[1]["tags"] == tags["tags"]
    # Who knows no tags takes none away.
    content_safety = "/contentsafety/text/blocklists/Mine"
    version = "?api-version=2024-09-01"
    assert (await send(served, "PATCH", f"{content_safety}{version}", {"description": "why"}, key=CALLER)).status == 200
    added = {"blocklistItems": [{"text": "plain", "description": "why"}]}
    filled = await send(served, "POST", f"{content_safety}:addOrUpdateBlocklistItems{version}", added, key=CALLER)
    assert filled.status == 200
    for _, found in (await told(served, "GET", MINE), await told(served, "GET", f"{ITEMS}/one")):
        assert found["tags"] == tags["tags"]
    assert (await told(served, "GET", MINE))[1]["properties"] == {"description": "why"}
    assert "tags" not in (await told(served, "PUT", MINE, {"properties": {}, "tags": None}))[1]
    assert "tags" not in (await told(served, "PUT", f"{ITEMS}/one", item("plain")))[1]


async def test_what_was_changed_holds_for_the_next_call(served: Application) -> None:
    await told(served, "PUT", MINE, {"properties": {}})
    await told(served, "PUT", f"{A}/raiPolicies/f", of("Mine"))
    deployment = {"model": {"format": "x", "name": "scripted-chat", "source": "script"}, "raiPolicyName": "f"}
    await told(served, "PUT", f"{A}/deployments/d", {"properties": deployment})
    assert await status_of(served, "say xaab") == 200
    added = [{"name": "r", **item("a+b", regex=True)}, {"name": "p", **item("plain")}]
    assert (await told(served, "POST", f"{MINE}/addRaiBlocklistItems", added))[0] == 200
    assert await status_of(served, "say xaab") == 400
    assert await status_of(served, "say PLAIN words") == 400
    assert (await send(served, "POST", f"{MINE}/deleteRaiBlocklistItems", ["r"])).status == 204
    assert await status_of(served, "say xaab") == 200
    assert await status_of(served, "say plain words") == 400


async def test_a_list_that_a_filter_uses_stays(served: Application) -> None:
    await told(served, "PUT", MINE, {"properties": {}})
    await told(served, "PUT", f"{A}/raiPolicies/f", of("Mine"))
    status, refused = await told(served, "DELETE", MINE)
    assert (status, refused["error"]["code"]) == (409, "Conflict")
    assert "content filter 'f'" in refused["error"]["message"]
    content_safety = "/contentsafety/text/blocklists/Mine?api-version=2024-09-01"
    assert (await send(served, "DELETE", content_safety, key=CALLER)).status == 409
    await send(served, "DELETE", f"{A}/raiPolicies/f")
    assert (await send(served, "DELETE", MINE)).status == 204


async def test_a_list_that_only_a_filter_behind_the_files_uses_stays_too(served: Application, tmp_path: Path) -> None:
    await told(served, "PUT", MINE, {"properties": {}})
    await told(served, "PUT", f"{A}/raiPolicies/f", of("Mine"))
    served.reload(loaded(tmp_path, FILE.replace("strict:", "F:", 1).replace("strict}", "F}")).config)
    assert (await told(served, "GET", f"{A}/raiPolicies/f"))[1]["properties"]["customBlocklists"][0][
        "blocklistName"
    ] == "ours"
    assert (await told(served, "DELETE", MINE))[0] == 409


async def test_what_the_file_declares_is_told_and_not_changed(served: Application) -> None:
    assert (await told(served, "GET", f"{LISTS}/OURS"))[1]["name"] == "ours"
    _, items = await told(served, "GET", f"{LISTS}/ours/raiBlocklistItems")
    assert [(each["name"], each["properties"]) for each in items["value"]] == [
        ("1", {"pattern": "plain", "isRegex": False}),
        ("2", {"pattern": "a+b", "isRegex": True}),
    ]
    for method, path, body in (
        ("PUT", f"{LISTS}/ours", {"properties": {}}),
        ("DELETE", f"{LISTS}/ours", None),
        ("PUT", f"{LISTS}/ours/raiBlocklistItems/x", item("x")),
        ("POST", f"{LISTS}/ours/addRaiBlocklistItems", [{"name": "x", **item("x")}]),
        ("POST", f"{LISTS}/ours/deleteRaiBlocklistItems", ["1"]),
    ):
        status, refused = await told(served, method, path, body)
        assert (status, refused["error"]["code"]) == (409, "DeclaredInFile")
        assert "zaffre.yaml:6" in refused["error"]["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (item(""), "1 to 1000 characters"),
        (item("x" * 1001), "1 to 1000 characters"),
        (item("(", regex=True), "x: pattern: RE2 cannot read"),
        (item(r"\pL{999}", regex=True), "x: pattern: RE2 cannot read this regular expression (pattern too large"),
        ({"properties": {"isRegex": True}}, "pattern"),
        ({"properties": {"pattern": 1}}, "$.properties.pattern"),
    ],
)
async def test_an_item_that_means_nothing_is_refused(served: Application, body: Any, message: str) -> None:
    await told(served, "PUT", MINE, {"properties": {}})
    status, refused = await told(served, "PUT", f"{ITEMS}/x", body)
    assert status == 400
    assert message in refused["error"]["message"]
    assert (await told(served, "GET", ITEMS))[1] == {"value": []}


async def test_items_are_added_together_or_not_at_all(served: Application) -> None:
    await told(served, "PUT", MINE, {"properties": {}})
    good, bad = {"name": "good", **item("a")}, {"name": "bad", **item("(", regex=True)}
    assert (await told(served, "POST", f"{MINE}/addRaiBlocklistItems", [good, bad]))[0] == 400
    assert (await told(served, "GET", ITEMS))[1] == {"value": []}
    twice = [{"name": "Good", **item("b")}, good]
    status, refused = await told(served, "POST", f"{MINE}/addRaiBlocklistItems", twice)
    assert (status, refused["error"]["message"][:5]) == (400, "name:")
    many = [{"name": str(number), **item(f"word{number}")} for number in range(10_000)]
    assert (await told(served, "POST", f"{MINE}/addRaiBlocklistItems", many))[0] == 200
    status, refused = await told(served, "PUT", f"{ITEMS}/more", item("more"))
    assert (status, "10000 items" in refused["error"]["message"]) == (400, True)


async def test_the_patterns_of_a_list_have_a_size_together(served: Application) -> None:
    await told(served, "PUT", MINE, {"properties": {}})
    large = [{"name": f"large-{number}", **item(f"{number}.{{999}}", regex=True)} for number in range(130)]
    status, refused = await told(served, "POST", f"{MINE}/addRaiBlocklistItems", large)
    assert (status, refused["error"]["message"].startswith("large-125: pattern: ")) == (400, True)
    assert (await told(served, "POST", f"{MINE}/addRaiBlocklistItems", large[:125]))[0] == 200
    assert (await told(served, "PUT", f"{ITEMS}/large-1", item("other.{999}", regex=True)))[0] == 200
    assert (await told(served, "PUT", f"{ITEMS}/more", item("more.{999}", regex=True)))[0] == 400
    assert (await told(served, "PUT", f"{ITEMS}/more", item("more")))[0] == 201


async def test_tags_are_heeded(served: Application) -> None:
    _, made = await told(served, "PUT", MINE, {"properties": {}})
    assert (await told(served, "PUT", MINE, {"properties": {}}, if_match='"999"'))[0] == 412
    assert (await told(served, "PUT", MINE, {"properties": {}}, if_match=made["etag"]))[0] == 200
    assert (await told(served, "PUT", f"{ITEMS}/x", item("a"), if_none_match="*"))[0] == 201
    assert (await told(served, "PUT", f"{ITEMS}/x", item("b"), if_none_match="*"))[0] == 412
    assert (await send(served, "DELETE", f"{ITEMS}/x", if_match='"999"')).status == 412


async def test_what_filters_can_look_for_is_told(served: Application) -> None:
    where = "/subscriptions/S/providers/Microsoft.CognitiveServices/locations/here/raiContentFilters"
    _, listed = await told(served, "GET", where)
    known = {each["name"]: each["properties"] for each in listed["value"]}
    assert known["HatePrompt"] == {"name": "Hate", "isMultiLevelFilter": True, "source": "Prompt"}
    assert known["IndirectAttack"] == {"name": "Indirect Attack", "isMultiLevelFilter": False, "source": "Prompt"}
    assert (await told(served, "GET", f"{where}/jailbreak"))[1]["properties"]["source"] == "Prompt"
    assert (await told(served, "GET", f"{where}/rudeness"))[0] == 404
