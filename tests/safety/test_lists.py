"""Blocklists: words and patterns, many of them, on texts of any kind."""

import re
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import chat, json_of
from tests.safety.screened import PROFANITY, Screened
from tests.safety.streaming import streaming, told
from tests.safety.test_whole_answers import answering
from zaffre.config.filters import BlocklistConfig, FilterConfig, Item, ListUse, Sides
from zaffre.safety.blocklists import Blocklist, Blocklists
from zaffre.safety.patterns import PART, Patterns
from zaffre.safety.terms import Terms

WORD = st.text(alphabet="abcñ", min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("nightjar", "The Nightjar flies."),
        ("Project Nightjar", "about project  nightjar, of course"),
        ("c++", "We write C++ here"),
        ("夜鷹", "これは夜鷹です"),
        ("nightjar", "The night\u200bjar and the ｎｉｇｈｔｊａｒ"),
        ("nightjar", "The night\u034fjar"),
        ("nightjar", "The night\U000e0041jar"),
        ("nightjar", "The night\u3164jar"),
        ("nightjar", "The nightj\u0430r and the \u039dightjar"),
        ("nightj\u0430r", "The nightjar"),
        ("Straße", "STRASSE"),
        ("***", "so *** what"),
    ],
)
def test_a_term_is_found_as_whole_words_however_it_is_written(term: str, text: str) -> None:
    assert Terms([term]).found_in(text)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("nightjar", "nightjars"),
        ("Project Nightjar", "project of a nightjar"),
        ("c++", "c+"),
        (" ", "a"),
        ("cop", "сор"),
    ],
)
def test_and_nothing_else_is(term: str, text: str) -> None:
    assert not Terms([term]).found_in(text)


def test_a_megabyte_without_a_space_is_no_trouble() -> None:
    for letter in ("a", "а", "ø", "夜", "\u200b"):
        assert not Terms(["nightjar"]).found_in(letter * 1_000_000 + "é")


@given(st.lists(st.lists(WORD, min_size=1, max_size=3).map(" ".join), max_size=5), st.lists(WORD, max_size=12))
def test_terms_find_what_a_search_for_each_finds(terms: list[str], words: list[str]) -> None:
    text = f" {' '.join(words)} "
    assert Terms(terms).found_in(text) is any(f" {term} " in text for term in terms)


@given(st.lists(st.sampled_from(["a+b", "^a", "b$", "ab?c", "c{2}", "(a|b)c"]), max_size=4), st.text("abc", max_size=9))
def test_patterns_find_what_a_search_for_each_finds(patterns: list[str], text: str) -> None:
    assert Patterns(patterns).found_in(text) is any(re.search(pattern, text) for pattern in patterns)


def test_patterns_are_found_anywhere_in_a_long_text() -> None:
    patterns = Patterns(["needle-[0-9]+"])
    for place in (0, PART - 5, 3 * PART - 1, 60_000):
        text = "x" * place + " needle-42 " + "y" * (61_000 - place)
        assert patterns.found_in(text)
    assert not patterns.found_in("x" * 100_000)


def test_patterns_are_found_even_where_they_are_more_than_a_set_can_hold() -> None:
    # Each alone is large: together they are more than the set's memory.
    patterns = [rf"a{number:04}[a-z0-9]{{900}}x" for number in range(900)]
    made = Patterns([*patterns, "needle"])
    assert made.found_in("a needle")
    assert not made.found_in("a thread")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){12}b", "([a-z]+)*[0-9]"])
async def test_ten_thousand_patterns_that_hang_others_do_not_hang(pattern: str) -> None:
    listed = Blocklist([Item(f"{pattern}{number}", regex=True) for number in range(10_000)])
    done = threading.Event()
    # What would hang never comes to an end; any time that is finite will do.
    assert await listed.found_in("a" * 10_000 + "!") is False
    done.set()
    assert done.is_set()


async def test_ten_thousand_terms_are_looked_for_at_once() -> None:
    listed = Blocklist(f"word{number} and more" for number in range(10_000))
    assert await listed.found_in("Now word9999 and more.")
    assert not await listed.found_in("Now word10000 and more.")


LISTS = {
    "words": BlocklistConfig(("nightjar", Item(r"NJ-\d{4}", regex=True))),
    "others": BlocklistConfig(("heron",)),
}
USED = FilterConfig(blocklists=("words", ListUse("others", prompt="annotate", completion="off")))


def listing(*args: Any, **more: Any) -> Screened:
    screened = Screened(*args, **more)
    screened.lists.declare(LISTS)
    return screened


async def test_a_prompt_with_a_listed_word_is_refused_by_the_lists_name() -> None:
    for text in ("A NIGHTJAR sings.", "See NJ-1234."):
        refused = await listing(said=USED).post("v1", chat("demo", text))
        found = json_of(refused)["error"]["innererror"]["content_filter_result"]["custom_blocklists"]
        assert (refused.status, found) == (400, {"filtered": True, "details": [{"id": "words", "filtered": True}]})


async def test_a_list_can_be_told_to_annotate_or_to_be_off_on_one_side() -> None:
    answer = json_of(await listing(answering("A heron, nj-1234."), USED).post("v1", chat("demo", "A heron?")))
    prompt = answer["prompt_filter_results"][0]["content_filter_results"]["custom_blocklists"]
    assert prompt == {"filtered": False, "details": [{"id": "others", "filtered": False}]}
    [choice] = answer["choices"]
    assert choice["content_filter_results"]["custom_blocklists"] == {"filtered": False, "details": []}
    assert choice["message"]["content"] == "A heron, nj-1234."


async def test_a_listed_word_in_an_answer_stops_it_whole_or_streamed() -> None:
    [choice] = json_of(await listing(answering("The nightjar."), USED).post("v1", chat()))["choices"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("content_filter", "")
    screened = streaming(["It was the ", "night", "jar", " that sang."], USED)
    screened.lists.declare(LISTS)
    assert await told(screened) == ("", "content_filter")


async def test_a_list_that_changes_holds_for_the_next_call() -> None:
    screened = listing(said=USED)
    assert (await screened.post("v1", chat("demo", "A warbler."))).status == 200
    screened.lists.declare(LISTS | {"words": BlocklistConfig(("warbler",))})
    assert (await screened.post("v1", chat("demo", "A warbler."))).status == 400
    assert (await screened.post("v1", chat("demo", "A nightjar."))).status == 200


def test_lists_that_stay_the_same_are_not_made_again() -> None:
    lists = Blocklists()
    lists.declare(LISTS)
    before = lists.get("words")
    lists.declare({"words": LISTS["words"]})
    assert lists.get("words") is before
    assert lists.get("others") is None


@pytest.mark.parametrize("text", ["What the sh1t is this?", "What the SHIT!", "a55hole"])
def test_coarse_words_are_found_also_with_signs_for_letters(text: str) -> None:
    assert PROFANITY.found_in(text)


@pytest.mark.parametrize(
    "text", ["Scunthorpe and Cockermouth", "a shitake mushroom", "class assassin", "Dick Cheney", ""]
)
def test_harmless_words_that_hold_them_are_not(text: str) -> None:
    assert not PROFANITY.found_in(text)


async def test_profanity_is_looked_for_where_a_filter_says_so() -> None:
    said = FilterConfig(profanity=Sides(prompt="annotate", completion="block"))
    answer = json_of(await Screened(answering("Oh shit."), said).post("v1", chat("demo", "Oh shit.")))
    found = answer["prompt_filter_results"][0]["content_filter_results"]["profanity"]
    assert found == {"filtered": False, "detected": True}
    [choice] = answer["choices"]
    assert choice["content_filter_results"]["profanity"] == {"filtered": True, "detected": True}
    assert choice["finish_reason"] == "content_filter"
