"""What policies make of what was found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.config.filters import FilterConfig, Harm, ListUse, Threshold
from zaffre.safety.classifier import CATEGORIES, Findings
from zaffre.safety.policy import SYSTEM, ListRule, policy
from zaffre.safety.verdicts import filtered, judged, worst

severities = st.integers(0, 7)
levels = st.sampled_from(["off", "low", "medium", "high"])


def results(said: FilterConfig, findings: Findings, side: str = "prompt") -> Any:
    return judged(findings, getattr(policy("mine", said), side).rules)


@pytest.mark.parametrize("side", ["prompt", "completion"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_by_default_harms_are_blocked_from_medium_on(category: str, side: str) -> None:
    for said in SYSTEM.values():
        for severity, (stopped, word) in enumerate(
            [(False, "safe")] * 2 + [(False, "low")] * 2 + [(True, "medium")] * 2 + [(True, "high")]
        ):
            found = results(said, Findings({category: severity}), side)
            assert found == {category: {"filtered": stopped, "severity": word}}


def test_jailbreaks_are_blocked_by_the_newer_default_and_not_looked_for_by_the_older() -> None:
    found = Findings(detected={"jailbreak": True, "indirect_attack": True})
    assert results(SYSTEM["Microsoft.DefaultV2"], found) == {"jailbreak": {"filtered": True, "detected": True}}
    assert results(SYSTEM["Microsoft.Default"], found) == {}
    assert results(SYSTEM["Microsoft.DefaultV2"], found, "completion") == {}


def test_protected_material_is_stopped_by_the_newer_default_where_somebody_knows_it() -> None:
    said = SYSTEM["Microsoft.DefaultV2"]
    for known in (True, False):
        found = Findings(detected={"protected_material_text": known})
        assert results(said, found, "completion") == {"protected_material_text": {"filtered": known, "detected": known}}
        assert results(said, found) == {}
    assert results(said, Findings(), "completion") == {}


def test_annotate_tells_and_blocks_nothing() -> None:
    said = FilterConfig(hate=Harm(completion=Threshold("low", "annotate")), indirect_attack="annotate")
    found = Findings({"hate": 6}, detected={"indirect_attack": True})
    assert results(said, found, "completion") == {"hate": {"filtered": False, "severity": "high"}}
    assert results(said, found)["hate"] == {"filtered": True, "severity": "high"}
    assert results(said, found)["indirect_attack"] == {"filtered": False, "detected": True}


def test_what_is_off_or_has_no_detector_is_absent() -> None:
    found = results(FilterConfig(hate="off"), Findings({"hate": 6, "violence": 0}))
    assert found == {"violence": {"filtered": False, "severity": "safe"}}


@pytest.mark.parametrize("said", [FilterConfig(sexual="off"), FilterConfig(sexual=Harm(Threshold("off", "annotate")))])
def test_no_policy_allows_sexual_content_with_minors(said: FilterConfig) -> None:
    assert filtered(results(said, Findings({"sexual": 7}))) == ["sexual"]
    assert filtered(results(said, Findings({"sexual": 6}))) == []


@given(severities, severities, levels)
def test_a_decision_is_monotone_in_severity(one: int, other: int, level: Any) -> None:
    low, high = sorted((one, other))
    said = FilterConfig(violence=level)
    stopped = [bool(filtered(results(said, Findings({"violence": each})))) for each in (low, high)]
    assert stopped[0] <= stopped[1]


@given(st.lists(severities, min_size=1, max_size=5))
def test_several_texts_are_as_bad_as_the_worst(all_severities: list[int]) -> None:
    said = FilterConfig()
    together = worst(results(said, Findings({"hate": each})) for each in all_severities)
    assert together == results(said, Findings({"hate": max(all_severities)}))


def test_lists_are_used_on_the_sides_that_are_said() -> None:
    made = policy("mine", FilterConfig(blocklists=("all", ListUse("some", "annotate", "off"))))
    assert made.prompt.lists == (ListRule("all", True), ListRule("some", False))
    assert made.completion.lists == (ListRule("all", True),)
