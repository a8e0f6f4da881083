"""POST /openai/v1/moderations and /v1/moderations."""

from typing import Any

import pytest

from tests.api.contentsafety.conftest import Caller
from tests.safety.words import Words
from zaffre.app import Application

PATH = "/openai/v1/moderations"


async def moderated(caller: Caller, said: Any, path: str = PATH, **more: Any) -> Any:
    status, answer = await caller.told("POST", path, {"input": said, **more}, query="")
    assert status == 200, answer
    return answer


@pytest.mark.parametrize("path", [PATH, "/v1/moderations", "/api/projects/p/openai/v1/moderations"])
async def test_a_text_is_flagged_from_medium_on(caller: Caller, path: str) -> None:
    answer = await moderated(caller, "hate4 violence3", path)
    (result,) = answer["results"]
    assert result["flagged"] is True
    assert [name for name, flag in result["categories"].items() if flag] == ["hate"]
    assert result["category_scores"]["violence"] == pytest.approx(3 / 7)
    assert answer["id"].startswith("modr-")


async def test_every_text_of_a_list_is_judged_in_order(caller: Caller) -> None:
    texts = [f"hate{number % 8}" for number in range(20)]
    results = (await moderated(caller, texts))["results"]
    assert [each["category_scores"]["hate"] for each in results] == [pytest.approx(n % 8 / 7) for n in range(20)]


async def test_the_parts_of_one_input_are_one(caller: Caller) -> None:
    parts = [{"type": "text", "text": "violence6"}, {"type": "text", "text": "a text"}]
    (result,) = (await moderated(caller, parts))["results"]
    assert result["categories"]["violence"] is True


async def test_the_model_that_was_named_is_answered(caller: Caller) -> None:
    assert (await moderated(caller, "a", model="text-moderation-stable"))["model"] == "text-moderation-stable"
    assert (await moderated(caller, "a"))["model"] == "omni-moderation-latest"


async def test_minors_are_told_apart(caller: Caller) -> None:
    (result,) = (await moderated(caller, "sexual7"))["results"]
    flagged = {name for name, flag in result["categories"].items() if flag}
    assert flagged == {"sexual", "sexual/minors"}


async def test_every_category_has_a_flag_a_score_and_a_type(caller: Caller) -> None:
    (result,) = (await moderated(caller, ""))["results"]
    assert result["categories"].keys() == result["category_scores"].keys()
    assert result["category_applied_input_types"] == {name: ["text"] for name in result["categories"]}
    assert len(result["categories"]) == 13


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": 1},
        {"input": []},
        {"input": ["a", 1]},
        {"input": ["a", {"type": "text", "text": "b"}]},
        {"input": [{"type": "image_url", "image_url": {"url": "data:,"}}]},
        {"input": "a" * 131_073},
        {"input": ["a"] * 1025},
        {"input": "a", "model": 1},
        b"{",
        b"\xff",
    ],
)
async def test_a_wrong_body_is_refused(caller: Caller, body: Any) -> None:
    status, answer = await caller.told("POST", PATH, body, query="")
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")


async def test_the_classic_surface_does_not_have_it(caller: Caller) -> None:
    for path in ("/openai/moderations", "/openai/deployments/demo/moderations"):
        assert (await caller.ask("POST", path, {"input": "a"}, query="api-version=2024-10-21")).status == 404


async def test_nobody_comes_in_without_a_key(application: Application) -> None:
    assert (await Caller(application, None).ask("POST", PATH, {"input": "a"}, query="")).status == 401


async def test_a_classifier_that_fails_is_a_busy_server(caller: Caller, words: Words) -> None:
    words.broken = True
    assert (await caller.ask("POST", PATH, {"input": ["a"] * 9}, query="")).status == 503
