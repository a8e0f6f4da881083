"""OpenAI's moderation endpoint as a classifier."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.providers.upstream import Upstream, whole
from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.adapter import Adapter
from zaffre.safety.adapters.cuts import Cuts
from zaffre.safety.adapters.moderation import MEANINGS, OpenAIModeration
from zaffre.safety.adapters.remote import Remote
from zaffre.safety.classifier import Findings


def moderation(scores: dict[str, float], flagged: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the endpoint answers."""
    names = [*MEANINGS, "illicit"]
    result = {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in names},
        "category_scores": dict.fromkeys(names, 0.0001) | scores,
        "category_applied_input_types": {name: ["text"] for name in names},
    }
    return {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}


Found = Callable[..., Any]


@pytest.fixture
def found(remote: Remote, server: Upstream, adapted: Callable[..., Adapter]) -> Found:
    """(answer, cuts) -> the findings."""

    async def ask(answer: Any, **how: Any) -> Findings:
        server.answer = whole(answer)
        return await adapted(OpenAIModeration(remote, **how)).classify("a text", "prompt")

    return ask


async def test_a_text_is_sent_with_the_model_that_judges_it(found: Found, server: Upstream) -> None:
    await found(moderation({}))
    assert server.asked[0].target == "/moderations"
    assert server.asked[0].json == {"model": "omni-moderation-latest", "input": "a text"}


async def test_no_attack_is_looked_for(found: Found) -> None:
    assert (await found(moderation({}))).detected == {}


@pytest.mark.parametrize(
    ("score", "severity"), [(0.0, 0), (0.0999, 0), (0.1, 2), (0.3999, 2), (0.4, 4), (0.7999, 4), (0.8, 6), (1.0, 6)]
)
async def test_scores_become_severities_by_cuts(found: Found, score: float, severity: int) -> None:
    assert (await found(moderation({"hate": score}))).severities["hate"] == severity


async def test_cuts_are_configured_by_category(found: Found) -> None:
    said = await found(moderation({"hate": 0.06, "violence": 0.06}), cuts={"hate": Cuts(0.01, 0.02, 0.05)})
    assert (said.severities["hate"], said.severities["violence"]) == (6, 0)


@pytest.mark.parametrize(
    ("name", "category", "severity"),
    [
        ("hate/threatening", "hate", 4),
        ("harassment", "hate", 4),
        ("harassment/threatening", "hate", 4),
        ("violence/graphic", "violence", 4),
        ("illicit/violent", "violence", 4),
        ("self-harm/intent", "self_harm", 4),
        ("self-harm/instructions", "self_harm", 4),
        ("sexual/minors", "sexual", 7),
    ],
)
async def test_a_flag_lifts_its_category_whatever_the_score(
    found: Found, name: str, category: str, severity: int
) -> None:
    said = await found(moderation({}, (name,)))
    assert said.severities == dict.fromkeys(("hate", "sexual", "violence", "self_harm"), 0) | {category: severity}


async def test_what_azure_has_no_category_for_counts_for_none(found: Found) -> None:
    assert set((await found(moderation({"illicit": 0.99}, ("illicit",)))).severities.values()) == {0}


async def test_the_highest_of_several_scores_ranks_a_category(found: Found) -> None:
    assert (await found(moderation({"hate": 0.2, "harassment": 0.5}))).scores["hate"] == 0.5


async def test_a_server_that_only_flags_is_understood(found: Found) -> None:
    said = await found({"results": [{"categories": {"hate": True, "illicit": None}}]})
    assert (said.severities["hate"], said.scores) == (4, {})


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"results": []},
        {"results": [{"categories": {}}]},
        {"results": [{"categories": {"toxic": True}}]},
        {"results": [{"categories": {"hate": False}, "category_scores": {"hate": 1.5}}]},
    ],
)
async def test_garbage_is_no_word_of_safety(found: Found, answer: Any) -> None:
    with pytest.raises(ClassifierFailed):
        await found(answer)
