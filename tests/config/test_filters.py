"""Content filters and blocklists in a configuration."""

from typing import Any

import msgspec
import pytest

from tests.config.written import Folder
from zaffre.config.filters import FilterConfig, Harm, Item, ListUse, Sides, Threshold

SERVED = """
connections: {script: {provider: openai}}
deployments: {demo: {model: m, connection: script, content_filter: mine}}
"""
WORDS: dict[str, Any] = {
    "base": "Microsoft.Default",
    "mode": "asynchronous",
    "hate": "low",
    "violence": {"prompt": "medium", "completion": {"threshold": "high", "action": "annotate"}},
    "jailbreak": "block",
    "profanity": {"completion": "annotate"},
    "pii": {"email": "block"},
    "blocklists": ["words", {"name": "others", "completion": "off"}],
    "on_error": "closed",
    "screen": "parallel",
    "annotations": False,
}
WANTED = FilterConfig(
    base="Microsoft.Default",
    mode="asynchronous",
    hate="low",
    violence=Harm("medium", Threshold("high", "annotate")),
    jailbreak="block",
    profanity=Sides(completion="annotate"),
    pii={"email": "block"},
    blocklists=("words", ListUse("others", completion="off")),
    on_error="closed",
    screen="parallel",
    annotations=False,
)


def test_a_filter_is_read_with_all_that_it_says(folder: Folder) -> None:
    said = msgspec.json.encode({"mine": WORDS}).decode()
    lists = "{words: {items: [one, {pattern: 'a+', regex: true}]}, others: {}}"
    config = folder.load(f"{SERVED}\ncontent_filters: {said}\nblocklists: {lists}\n").config
    assert config.content_filters == {"mine": WANTED}
    assert config.blocklists["words"].items == ("one", Item("a+", True))
    assert config.deployments["demo"].content_filter == "mine"


def test_the_same_words_in_one_mapping_are_the_same_filter() -> None:
    assert msgspec.convert(WORDS, FilterConfig) == WANTED


@pytest.mark.parametrize("name", ["off", "'off'", "Microsoft.Default", "Microsoft.DefaultV2"])
def test_a_deployment_may_name_no_filter_or_one_that_is_always_there(folder: Folder, name: str) -> None:
    config = folder.load(SERVED.replace("mine", name)).config
    assert config.deployments["demo"].content_filter == name.strip("'")


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("{mine: {hate: severe}}", "mine.hate: expected one of off, low, medium, high"),
        ("{mine: {jailbreak: low}}", "mine.jailbreak: expected one of off, annotate, block"),
        ("{mine: {blocklists: [word]}}", 'mine.blocklists[0]: expected a known blocklist (did you mean "words"?)'),
        ("{mine: {mode: asynchronous, pii: {email: redact}}}", "mine.pii: expected annotate or block with mode"),
        ("{mine: {pii: {shoe_size: block}}}", "mine.pii.shoe_size: expected one of email, phone, credit_card"),
        ("{mine: {backend: locale}}", 'mine.backend: expected a known classifier (did you mean "local"?)'),
        ("{mine: {}, Microsoft.Mine: {}}", "Microsoft.Mine: expected a name other than"),
        ("{mines: {}}", 'deployments.demo.content_filter: expected a known content filter (did you mean "mines"?)'),
    ],
)
def test_a_wrong_filter_is_refused_with_its_line(folder: Folder, written: str, mistake: str) -> None:
    [line] = folder.mistakes(f"{SERVED}\ncontent_filters: {written}\nblocklists: {{words: {{}}}}\n")
    assert mistake in line


@pytest.mark.parametrize("pattern", ["(a", r"(a)\\1", "(?=a)", "*", r"\\pL{999}"])
def test_a_pattern_that_re2_cannot_read_is_refused(folder: Folder, pattern: str) -> None:
    [line] = folder.mistakes(f'blocklists: {{words: {{items: [fine, {{pattern: "{pattern}", regex: true}}]}}}}')
    assert "blocklists.words.items[1]: expected a regular expression that RE2 can read" in line


def test_the_patterns_of_a_list_have_a_size_together(folder: Folder) -> None:
    items = ", ".join(f'{{pattern: "{number}.{{999}}", regex: true}}' for number in range(130))
    [line] = folder.mistakes(f"blocklists: {{words: {{items: [{items}]}}}}")
    assert "blocklists.words.items[125]: expected regular expressions of at most 1000000 instructions" in line


def test_a_list_holds_ten_thousand_items_and_no_more(folder: Folder) -> None:
    items = ", ".join(f"w{number}" for number in range(10_000))
    assert len(folder.load(f"blocklists: {{words: {{items: [{items}]}}}}").config.blocklists["words"].items) == 10_000
    [line] = folder.mistakes(f"blocklists: {{words: {{items: [{items}, more]}}}}")
    assert "expected at most 10000 items" in line
