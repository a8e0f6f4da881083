"""Blocklists below /contentsafety: made, filled, emptied, looked for."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.api.contentsafety.conftest import CONFIG, Caller, refusal
from tests.app.configured import resumed
from tests.safety.words import Words
from zaffre.app import Application
from zaffre.core.resources import Kind
from zaffre.services.control.bodies import ItemBody

LISTS = "/contentsafety/text/blocklists"
MINE = f"{LISTS}/Mine"


async def add(caller: Caller, *texts: str, path: str = MINE) -> list[dict[str, Any]]:
    body = {"blocklistItems": [{"text": text} for text in texts]}
    status, answer = await caller.told("POST", f"{path}:addOrUpdateBlocklistItems", body)
    assert status == 200
    items: list[dict[str, Any]] = answer["blocklistItems"]
    return items


async def hits(caller: Caller, text: str, names: Iterable[str] = ("mine",), **more: Any) -> list[str]:
    body = {"text": text, "blocklistNames": list(names), **more}
    _, answer = await caller.told("POST", "/contentsafety/text:analyze", body)
    return [each["blocklistItemText"] for each in answer["blocklistsMatch"]]


async def test_a_list_is_made_and_then_changed(caller: Caller) -> None:
    made = {"blocklistName": "Mine", "description": "first"}
    assert await caller.told("PATCH", MINE, {"description": "first"}) == (201, made)
    assert await caller.told("PATCH", f"{LISTS}/mine", {}) == (200, made)
    assert await caller.told("GET", f"{LISTS}/MINE") == (200, made)
    assert await caller.told("PATCH", MINE, {"description": None}) == (200, {"blocklistName": "Mine"})


async def test_a_merge_patch_is_taken_by_its_own_type(caller: Caller) -> None:
    response = await caller.ask("PATCH", MINE, {"blocklistName": "Mine"}, content_type="application/merge-patch+json")
    assert response.status == 201


@pytest.mark.parametrize("name", ["a" * 65, "a b", "a%24", "ä"])
async def test_a_name_has_few_characters(caller: Caller, name: str) -> None:
    assert refusal(await caller.ask("PATCH", f"{LISTS}/{name}", {})) == (400, "InvalidResourceName")


@pytest.mark.parametrize("name", ["a" * 64, "a.b_c~d-e"])
async def test_and_those_it_may_have(caller: Caller, name: str) -> None:
    assert (await caller.ask("PATCH", f"{LISTS}/{name}", {})).status == 201


async def test_what_is_not_there_is_not_found(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    for method, path, body in (
        ("GET", f"{LISTS}/other", None),
        ("GET", f"{LISTS}/other/blocklistItems", None),
        ("GET", f"{MINE}/blocklistItems/a", None),
        ("POST", f"{LISTS}/other:addOrUpdateBlocklistItems", {"blocklistItems": [{"text": "a"}]}),
        ("POST", f"{LISTS}/other:removeBlocklistItems", {"blocklistItemIds": ["a"]}),
        ("POST", f"{MINE}:removeBlocklistItems", {"blocklistItemIds": ["a"]}),
        ("POST", "/contentsafety/text:analyze", {"text": "a", "blocklistNames": ["other"]}),
    ):
        assert refusal(await caller.ask(method, path, body)) == (404, "ResourceNotFound")


async def test_deleting_takes_the_items_along_and_may_be_said_twice(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    await add(caller, "one")
    for _ in range(2):
        response = await caller.ask("DELETE", MINE)
        assert (response.status, response.body) == (204, b"")
    await caller.ask("PATCH", MINE, {})
    assert await caller.told("GET", f"{MINE}/blocklistItems") == (200, {"value": []})


async def test_items_are_added_and_kept_in_order(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    added = await add(caller, "one", "two") + await add(caller, "three")
    _, listed = await caller.told("GET", f"{MINE}/blocklistItems")
    assert listed["value"] == added
    assert [each["text"] for each in added] == ["one", "two", "three"]
    first = added[0]
    assert await caller.told("GET", f"{MINE}/blocklistItems/{first['blocklistItemId']}") == (200, first)


async def test_an_item_that_is_there_is_changed_and_keeps_its_id(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    (before,) = await add(caller, "one")
    body = {"blocklistItems": [{"text": "one", "description": "why"}, {"text": "one", "description": "because"}]}
    _, answer = await caller.told("POST", f"{MINE}:addOrUpdateBlocklistItems", body)
    assert answer["blocklistItems"] == [{**before, "description": "because"}]


async def test_items_are_removed(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    one, two = await add(caller, "one", "two")
    unwanted = {"blocklistItemIds": [one["blocklistItemId"], one["blocklistItemId"]]}
    response = await caller.ask("POST", f"{MINE}:removeBlocklistItems", unwanted)
    assert response.status == 204
    assert (await caller.told("GET", f"{MINE}/blocklistItems"))[1]["value"] == [two]


async def test_of_several_to_remove_none_goes_if_one_is_not_there(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    (one,) = await add(caller, "one")
    body = {"blocklistItemIds": [one["blocklistItemId"], "another"]}
    assert (await caller.ask("POST", f"{MINE}:removeBlocklistItems", body)).status == 404
    assert len((await caller.told("GET", f"{MINE}/blocklistItems"))[1]["value"]) == 1


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"text": ""}],
        [{"text": " "}],
        [{"text": "a" * 129}],
        [{"text": "a", "description": "b" * 1025}],
        [{"description": "a"}],
        [{"text": f"{number}"} for number in range(101)],
    ],
)
async def test_azures_limits_hold(caller: Caller, items: Any) -> None:
    await caller.ask("PATCH", MINE, {})
    response = await caller.ask("POST", f"{MINE}:addOrUpdateBlocklistItems", {"blocklistItems": items})
    assert refusal(response) == (400, "InvalidRequestBody")


async def test_each_list_holds_ten_thousand_items(application: Application, caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    await caller.ask("PATCH", f"{LISTS}/other", {})
    bodies = [ItemBody(str(number)) for number in range(9_999)]
    await application.blocklists.add("mine", bodies, actor="test")
    assert len(await add(caller, "one", path=f"{LISTS}/other")) == 1
    assert len(await add(caller, "one")) == 1
    response = await caller.ask("POST", f"{MINE}:addOrUpdateBlocklistItems", {"blocklistItems": [{"text": "two"}]})
    assert refusal(response) == (400, "InvalidRequestBody")
    assert len(await add(caller, "one")) == 1


async def test_an_item_is_found_in_any_letter_case_and_only_whole(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    await add(caller, "Cat", "k*ll", "two words", "Straße", "!!")
    assert await hits(caller, "a CAT sat") == ["Cat"]
    assert await hits(caller, "to concatenate, cats") == []
    assert await hits(caller, "concatenate a cat") == ["Cat"]
    assert await hits(caller, "I k*ll (two words) in the STRASSE!!!") == ["k*ll", "two words", "Straße", "!!"]


async def test_the_hits_say_which_list_and_which_item(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    (item,) = await add(caller, "cat")
    body = {"text": "a cat", "blocklistNames": ["mine", "MINE"]}
    _, answer = await caller.told("POST", "/contentsafety/text:analyze", body)
    hit = {"blocklistName": "Mine", "blocklistItemId": item["blocklistItemId"], "blocklistItemText": "cat"}
    assert answer["blocklistsMatch"] == [hit]
    assert len(answer["categoriesAnalysis"]) == 4


async def test_a_hit_can_halt_the_rest(caller: Caller, words: Words) -> None:
    await caller.ask("PATCH", MINE, {})
    await add(caller, "cat")
    words.broken = True
    body = {"text": "a cat", "blocklistNames": ["mine"], "haltOnBlocklistHit": True}
    status, answer = await caller.told("POST", "/contentsafety/text:analyze", body)
    assert (status, answer["categoriesAnalysis"]) == (200, [])
    assert (await caller.ask("POST", "/contentsafety/text:analyze", {**body, "text": "a dog"})).status == 503


async def test_a_change_counts_at_once(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    (item,) = await add(caller, "cat")
    assert await hits(caller, "a cat") == ["cat"]
    await caller.ask("POST", f"{MINE}:removeBlocklistItems", {"blocklistItemIds": [item["blocklistItemId"]]})
    assert await hits(caller, "a cat") == []


async def test_pages_follow_one_another_by_their_links(caller: Caller) -> None:
    await caller.ask("PATCH", MINE, {})
    texts = [f"item {number}" for number in range(7)]
    await add(caller, *texts)
    for query, expected in (("maxpagesize=3", texts), ("skip=2&top=4&maxpagesize=3", texts[2:6]), ("top=0", [])):
        seen: list[str] = []
        pages = 0
        link: str | None = f"http://safe.example{MINE}/blocklistItems?api-version=2024-09-01&{query}"
        while link:
            assert link.startswith("http://safe.example/")
            _, answer = await caller.told("GET", link.removeprefix("http://safe.example"))
            seen += [each["text"] for each in answer["value"]]
            link = answer.get("nextLink")
            pages += 1
        assert seen == expected
        assert pages == max(1, -(-len(expected) // 3))


@pytest.mark.parametrize("query", ["top=-1", "skip=a", "maxpagesize=1.5", "top=²", "skip=9999999999"])
async def test_a_page_is_asked_for_in_whole_numbers(caller: Caller, query: str) -> None:
    response = await caller.ask("GET", f"{LISTS}?api-version=2024-09-01&{query}")
    assert refusal(response) == (400, "InvalidRequestBody")


async def test_lists_are_listed_by_name(caller: Caller) -> None:
    for name in ("b", "A", "c"):
        await caller.ask("PATCH", f"{LISTS}/{name}", {})
    _, answer = await caller.told("GET", LISTS)
    assert [each["blocklistName"] for each in answer["value"]] == ["A", "b", "c"]


async def test_lists_outlive_the_server_and_are_in_the_audit(
    caller: Caller, application: Application, tmp_path: Path
) -> None:
    await caller.ask("PATCH", MINE, {})
    await add(caller, "cat")
    rows = await application.services.resources.audit(Kind.BLOCKLIST_ITEM)
    assert [(row.actor, row.action, json.loads(row.after or b"")) for row in rows] == [
        ("key-1", "create", {"pattern": "cat"})
    ]
    async with resumed(tmp_path, CONFIG, classifier=Words()) as other:
        assert await hits(Caller(other), "a cat") == ["cat"]
