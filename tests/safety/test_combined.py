"""Several classifiers as one."""

import logging
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.classifier import ATTACKS, CATEGORIES, MATERIAL, Findings, Side
from zaffre.safety.combined import Combined, Member, Way

ALL = frozenset((*CATEGORIES, *ATTACKS))


class Fixed:
    """A classifier that finds the same in every text, or fails."""

    def __init__(self, name: str, finding: Findings | None, categories: frozenset[str] = frozenset(CATEGORIES)) -> None:
        self.name = name
        self.categories = categories
        self.asked = 0
        self._finding = finding

    async def classify(self, text: str, side: Side) -> Findings:
        self.asked += 1
        if self._finding is None:
            raise ClassifierFailed("timeout")
        return self._finding


def finding(severity: int, score: float | None = None, attack: bool | None = None) -> Findings:
    """The same for every category."""
    return Findings(
        dict.fromkeys(CATEGORIES, severity),
        {} if score is None else dict.fromkeys(CATEGORIES, score),
        {} if attack is None else {"jailbreak": attack},
    )


def combined(*members: Fixed, way: Way = "max", fallback: Fixed | None = None, closed: bool = False) -> Combined:
    ways: dict[str, Way] = dict.fromkeys(ALL, way)
    return Combined([Member(each, closed) for each in members], ways=ways, fallback=fallback)


async def test_the_highest_finding_counts_by_default() -> None:
    both = Combined([Member(Fixed("a", finding(2, 0.3))), Member(Fixed("b", finding(4, 0.2)))])
    found = await both.classify("a text", "prompt")
    assert (found.severities["hate"], found.scores["hate"], found.degraded) == (4, 0.3, ())


async def test_the_first_that_looks_for_it_can_be_the_one_that_counts() -> None:
    violence = Fixed("a", Findings({"violence": 6}), frozenset({"violence"}))
    rest, unasked = Fixed("b", finding(2)), Fixed("c", finding(7))
    found = await combined(violence, rest, unasked, way="first").classify("a text", "prompt")
    assert (found.severities["violence"], found.severities["hate"]) == (6, 2)
    assert unasked.asked == 0


async def test_the_mean_of_logits_lies_between_what_was_found() -> None:
    found = await combined(Fixed("a", finding(6, 0.9)), Fixed("b", finding(0, 0.1)), way="mean").classify("x", "prompt")
    assert found.severities["hate"] == 2
    assert found.scores["hate"] == pytest.approx(0.5)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(0, 6))
async def test_no_way_finds_more_than_the_worst_or_less_than_the_best(levels: Sequence[int], other: int) -> None:
    members = [Fixed(str(number), finding(level, level / 7)) for number, level in enumerate([*levels, other])]
    for way in ("max", "first", "mean"):
        found = await combined(*members, way=way).classify("a text", "prompt")  # type: ignore[arg-type]
        assert min(*levels, other) <= found.severities["hate"] <= max(*levels, other)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 7))
async def test_a_higher_finding_never_lowers_the_whole(low: int, high: int, other: int) -> None:
    low, high = sorted((low, high))
    for way in ("max", "first", "mean"):
        one, two = [
            await combined(Fixed("a", finding(level)), Fixed("b", finding(other)), way=way).classify("x", "prompt")  # type: ignore[arg-type]
            for level in (low, high)
        ]
        assert one.severities["hate"] <= two.severities["hate"]


async def test_no_mean_makes_less_of_the_highest_severity() -> None:
    found = await combined(Fixed("a", finding(7)), Fixed("b", finding(0)), way="mean").classify("a text", "prompt")
    assert found.severities["sexual"] == 7


@pytest.mark.parametrize(("way", "detected"), [("max", True), ("first", False), ("mean", False)])
async def test_attacks_are_combined_like_categories(way: Way, detected: bool) -> None:
    members = [Fixed(name, finding(0, attack=said), ALL) for name, said in (("a", False), ("b", True), ("c", False))]
    found = await combined(*members, way=way).classify("a text", "prompt")
    assert found.detected == {"jailbreak": detected}


async def test_what_one_does_not_look_for_the_others_find() -> None:
    remote, local = Fixed("remote", finding(2)), Fixed("local", finding(0, attack=True), ALL)
    found = await combined(remote, fallback=local).classify("a text", "prompt")
    assert found.detected == {"jailbreak": True}
    assert (await combined(remote).classify("a text", "prompt")).detected == {}


async def test_one_that_fails_is_done_without_and_the_findings_say_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = await combined(Fixed("remote", None), Fixed("local", finding(4))).classify("a text", "prompt")
    assert (found.severities["hate"], found.degraded) == (4, ("remote",))
    assert caplog.messages == ["classifier remote: no verdict (timeout)"]


async def test_the_local_one_stands_in_though_it_is_no_member() -> None:
    local = Fixed("local", finding(4), ALL)
    broken = combined(Fixed("remote", None, ALL), fallback=local, way="first")
    found = await broken.classify("a text", "completion")
    assert (found.severities["hate"], found.degraded) == (4, ("remote",))
    whole = combined(Fixed("remote", finding(2), ALL), fallback=local)
    assert (await whole.classify("a text", "completion")).severities["hate"] == 2
    assert local.asked == 1


async def test_without_who_knows_protected_material_all_else_is_judged() -> None:
    remote, local = Fixed("remote", None, ALL | set(MATERIAL)), Fixed("local", finding(4), ALL)
    found = await combined(remote, fallback=local).classify("a text", "completion")
    assert (found.severities["hate"], found.detected, found.degraded) == (4, {}, ("remote",))


async def test_nothing_stands_in_for_one_that_is_closed() -> None:
    with pytest.raises(ClassifierFailed):
        await combined(Fixed("a", None), fallback=Fixed("local", finding(0)), closed=True).classify("x", "prompt")


async def test_when_all_have_failed_nothing_is_called_safe() -> None:
    with pytest.raises(ClassifierFailed):
        await combined(Fixed("a", None), Fixed("b", None), fallback=Fixed("c", None)).classify("a text", "prompt")


async def test_every_failure_is_recorded() -> None:
    recorded: list[tuple[str, str]] = []
    members = [Member(Fixed("a", None)), Member(Fixed("b", finding(0)))]
    await Combined(members, record=lambda *told: recorded.append(told)).classify("a text", "prompt")
    assert recorded == [("a", "timeout")]
