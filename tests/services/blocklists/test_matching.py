"""Where items of blocklists stand in texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.services.blocklists.matching import Searched, Sought


def stands_in(item: str, text: str) -> bool:
    return Searched(text).has(Sought.of(item))


@pytest.mark.parametrize(
    ("item", "text", "found"),
    [
        ("cat", "a CAT sat", True),
        ("cat", "concatenate cats", False),
        ("cat", "cats, cat", True),
        ("cat", "cat_food", True),
        ("k*ll", "I k*ll", True),
        ("k*ll", "I kill", False),
        ("two words", "two words!", True),
        ("two words", "two wordsmiths", False),
        ("!!", "what!!!", True),
        ("!a", "!ab !a", True),
        ("straße", "STRASSE", True),
        ("ab", "ab" * 5000, False),
        (" a ", "b a c", True),
        ("日本", "日本", True),
    ],
)
def test_an_item_stands_whole_in_any_letter_case(item: str, text: str, found: bool) -> None:
    assert stands_in(item, text) is found


@given(st.text("aB! _1", min_size=1, max_size=4).filter(str.strip), st.text("aB! _1", max_size=12))
def test_it_is_found_where_the_definition_says(item: str, text: str) -> None:
    before = r"(?<![^\W_])" if item[0].isalnum() else ""
    after = r"(?![^\W_])" if item[-1].isalnum() else ""
    assert stands_in(item, text) is bool(re.search(before + re.escape(item) + after, text, re.IGNORECASE))


def test_an_item_without_a_character_is_none() -> None:
    with pytest.raises(ValueError, match="at least one character"):
        Sought.of("")
