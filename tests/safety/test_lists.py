"""Blocklists: words and patterns, many of them, on texts of any kind."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import chat, json_of
from tests.safety.screened import PROFANITY, Screened
from tests.safety.streaming import streaming, told
from tests.safety.test_whole_answers import answering
from zaffre.config.filters import BlocklistConfig, FilterConfig, Item, ListUse, Sides
from zaffre.config.patterns import unreadable
from zaffre.safety.blocklists import Blocklist, Blocklists
from zaffre.safety.patterns import PART, Patterns
from zaffre.safety.terms import Terms

SIGNED = st.text(alphabet="aB! _1", min_size=1, max_size=6)
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
        ("nightjar", "The \u039dightjar"),
        ("nightjar", "THE NIG\u0397TJ\u0410R"),
        ("nightj\u0430r", "The nightjar"),
        ("nightjar", "my_nightjar_2"),
        ("Straße", "STRASSE"),
        ("Stra\u00dfe", "STR\u0410SSE"),
        ("\u00df\u0430", "SS\u0410"),
        ("k*ll", "I k*ll (it)"),
        (" a ", "b a c"),
        ("日本", "日本"),
        ("!!", "what!!!"),
        ("!a", "!ab !a"),
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
        ("k*ll", "I kill"),
        ("two words", "two wordsmiths"),
        ("cat", "concatenate cats"),
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


@given(st.lists(SIGNED, max_size=4), st.text("aB! _1", max_size=12))
def test_each_term_is_found_where_a_search_for_it_finds_it(terms: list[str], text: str) -> None:
    def written(some: str) -> str:
        return f" {' '.join(re.findall('[a-z0-9]+|[!_]', some.lower()))} "

    standing = {place for place, term in enumerate(terms) if term.strip() and written(term) in written(text)}
    assert set(Terms(terms).standing_in(text)) == standing


PATTERN = st.sampled_from(["a+b", "^a", "b$", "ab?c", "c{2}", "(a|b)c"])


@given(st.lists(PATTERN, max_size=6), st.lists(PATTERN, max_size=6), st.text("abc", max_size=9))
def test_each_pattern_is_found_where_a_search_for_it_finds_it(
    before: list[str], patterns: list[str], text: str
) -> None:
    fitting = {place for place, pattern in enumerate(patterns) if re.search(pattern, text)}
    assert set(Patterns(patterns).fitting(text)) == fitting
    assert set(Patterns(patterns, Patterns(before)).fitting(text)) == fitting


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
    assert list(made.fitting("a needle")) == [900]
    assert not made.found_in("a thread")
    changed = Patterns([*patterns[1:], "thread"], made)
    assert list(changed.fitting("a thread")) == [899]
    assert list(changed.fitting(f"a0899{'b' * 900}x")) == [898]
    assert not changed.found_in("a needle")


@pytest.mark.parametrize("begins", ["(q{1,90}){1,10}", "(x?){500}", r"\pL", "x{0,999}", ".*a.{300}", "(?i)[k-s]{700}"])
def test_the_largest_pattern_there_may_be_is_looked_for(begins: str) -> None:
    largest = max((begins * times for times in range(1, 40) if unreadable(begins * times) is None), key=len)
    assert largest != begins * 39
    assert Patterns([f"needle|{largest[len(begins) :]}needle"]).found_in("a needle")


@pytest.mark.parametrize("text", ["\uff2e\uff2a-1234", "N\u200bJ-1234", "\u039dJ-1234", "NJ-1234\u00e9"])
async def test_a_pattern_sees_the_text_as_it_is_read_in_its_own_letter_case(text: str) -> None:
    assert await Blocklist([Item(r"NJ-\d{4}", regex=True)]).found_in(text)
    assert not await Blocklist([Item(r"nj-\d{4}", regex=True)]).found_in(text)


async def test_and_as_it_is_written() -> None:
    assert await Blocklist([Item("\u200b{3}", regex=True)]).found_in("hidden\u200b\u200b\u200b")
    assert await Blocklist([Item("[\u0400-\u04ff]", regex=True)]).found_in("nightj\u0430r")


async def test_all_items_that_stand_in_a_text_are_told() -> None:
    items: list[str | Item] = [
        "nightjar",
        Item("N[a-z]+", regex=True),
        "heron",
        Item("heron", regex=True),
        Item("nightjar"),
    ]
    standing = await Blocklist(items).standing_in("A Night\u200bjar.")
    assert standing == {Item("nightjar"), Item("N[a-z]+", regex=True)}


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){12}b", "([a-z]+)*[0-9]"])
async def test_ten_thousand_patterns_that_hang_others_do_not_hang(pattern: str) -> None:
    listed = Blocklist([Item(f"{pattern}{number}", regex=True) for number in range(10_000)])
    # What would hang never comes to an end; any time that is finite will do.
    assert await listed.found_in("a" * 10_000 + "!") is False


async def test_a_pattern_that_cannot_be_read_any_more_leaves_the_others(caplog: pytest.LogCaptureFixture) -> None:
    items = [Item(pattern, regex=True) for pattern in ("warb+ler", r"\pL{999}", "(", "night+jar")]
    listed = Blocklist(items)
    assert await listed.standing_in("a nightjar and a warbler (") == {items[0], items[3]}
    assert ["too large" in message for message in caplog.messages] == [True, False]


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


class Telling(tuple[str | Item, ...]):
    """Items that know which threads have looked at them."""

    threads: set[int]

    def __iter__(self) -> Iterator[str | Item]:
        self.threads.add(threading.get_ident())
        return super().__iter__()


async def test_lists_are_made_beside_the_event_loop_while_those_before_them_serve() -> None:
    lists = Blocklists()
    lists.declare(LISTS)
    before = lists.get("words")
    items = Telling(("warbler",))
    items.threads = set()
    changed = {"words": BlocklistConfig(items)}
    await lists.prepare(changed)
    assert threading.get_ident() not in items.threads
    assert items.threads
    assert lists.get("words") is before
    items.threads.clear()
    lists.declare(changed)
    assert not items.threads
    now = lists.get("words")
    assert now is not None
    assert await now.found_in("A warbler.")


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
