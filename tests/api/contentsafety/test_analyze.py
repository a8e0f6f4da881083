"""POST /contentsafety/text:analyze."""

from typing import Any

import pytest

from tests.api.contentsafety.conftest import Caller, refusal
from tests.safety.words import Words

PATH = "/contentsafety/text:analyze"


async def severities(caller: Caller, text: str, **more: Any) -> dict[str, int]:
    status, answer = await caller.told("POST", PATH, {"text": text, **more})
    assert status == 200
    return {each["category"]: each["severity"] for each in answer["categoriesAnalysis"]}


async def test_a_text_is_judged_on_four_levels_by_default(caller: Caller) -> None:
    found = await severities(caller, "hate5 violence2 self_harm7")
    assert found == {"Hate": 4, "SelfHarm": 6, "Sexual": 0, "Violence": 2}
    assert list(found) == ["Hate", "SelfHarm", "Sexual", "Violence"]


@pytest.mark.parametrize("level", range(8))
async def test_there_are_eight_levels_on_request_and_four_are_the_even_ones_below(caller: Caller, level: int) -> None:
    for output, severity in (("EightSeverityLevels", level), ("FourSeverityLevels", level // 2 * 2)):
        assert (await severities(caller, f"sexual{level}", outputType=output))["Sexual"] == severity


async def test_only_the_categories_that_were_asked_for_are_answered(caller: Caller) -> None:
    assert await severities(caller, "hate4", categories=["Violence", "Hate", "Hate"]) == {"Hate": 4, "Violence": 0}


async def test_null_is_as_if_it_were_not_said(caller: Caller) -> None:
    nulls: dict[str, Any] = dict.fromkeys(("categories", "blocklistNames", "haltOnBlocklistHit", "outputType"))
    assert len(await severities(caller, "a text", **nulls)) == 4


async def test_a_score_ranks_texts_of_one_severity(caller: Caller) -> None:
    _, answer = await caller.told("POST", PATH, {"text": "hate5", "categories": ["Hate"]})
    assert answer["categoriesAnalysis"] == [{"category": "Hate", "severity": 4, "score": 5 / 7}]


@pytest.mark.parametrize("length", [10_000, 10_001])
async def test_a_text_has_at_most_ten_thousand_code_points(caller: Caller, length: int) -> None:
    response = await caller.ask("POST", PATH, {"text": "😀" * length})
    assert response.status == (200 if length == 10_000 else 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"text":"\xff"}',
        b'{"text":"\\ud800"}',
        b'{"text":' + b"[" * 100_000,
        {},
        {"text": ""},
        {"text": 1},
        {"text": "a" * 1_000_000},
        {"text": "a", "categories": ["hate"]},
        {"text": "a", "outputType": "Six"},
        {"text": "a", "blocklistNames": "a"},
    ],
)
async def test_a_wrong_body_is_refused_without_being_repeated(caller: Caller, body: Any) -> None:
    response = await caller.ask("POST", PATH, body)
    assert refusal(response) == (400, "InvalidRequestBody")
    assert len(response.body) < 500  # type: ignore[arg-type]


async def test_a_body_that_is_no_json_is_refused_by_its_type(caller: Caller) -> None:
    assert (await caller.ask("POST", PATH, b"text=a", content_type="text/plain")).status == 415


async def test_a_classifier_that_fails_is_a_busy_server(caller: Caller, words: Words) -> None:
    words.broken = True
    response = await caller.ask("POST", PATH, {"text": "a"})
    assert refusal(response) == (503, "ServerBusy")
    assert b"retry-after" in dict(response.headers)
