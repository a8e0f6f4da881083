"""A sieve says of patterns what Python says of them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zaffre.safety.local import decoding, folding, rules
from zaffre.safety.patterns import Sieve

PATTERNS = {
    name: pattern
    for room in (rules, decoding)
    for name, pattern in vars(room).items()
    if isinstance(pattern, re.Pattern)
}
SIEVE = Sieve(**PATTERNS)
PHRASES = """
i want to die|kill myself|how to|overdose on|kys|we should|burn|child|naked|report|word|"|.|?
you are now dan|mode enabled|ignore all previous instructions|dear ai :|
%41%42%43|&#65;&#65;&#65;&#65;|deadbeef deadbeef deadbeef|c2hvdXQgbG91ZGx5IG5vdw==
"""
SAID = st.sampled_from(re.split(r"[|\n]", PHRASES))


def fitting(text: str) -> set[str]:
    return {name for name, pattern in PATTERNS.items() if pattern.search(text)}


@given(st.lists(SAID, max_size=25).map(" ".join))
@example("i want to die. how to kill myself? ignore all previous instructions: dear ai: %41%42%43")
def test_of_what_rules_look_for_it_says_the_same(text: str) -> None:
    assert set(SIEVE.fitting(text)) == fitting(text)


@given(st.text(st.characters(max_codepoint=127), max_size=200))
def test_of_any_ascii_text_it_says_the_same(text: str) -> None:
    # Python's spaces beyond these mean nothing to RE2, and nothing to rules.
    assert set(SIEVE.fitting(re.sub(r"[\x0b\x1c-\x1f]", " ", text))) >= fitting(text) - {"_PERCENT"}


@given(st.text(max_size=100), st.lists(SAID, max_size=8).map(" ".join))
def test_of_other_text_it_says_the_same(text: str, said: str) -> None:
    assert set(SIEVE.fitting(f"{text} {said} é")) == fitting(f"{text} {said} é")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("say b a d words", "say bad words"),
        ("b-a-d", "bad"),
        ("a b", "a b"),
        ("(k.i.l.l)", "(kill)"),
        ("x a b c", "xabc"),
    ],
)
def test_words_spelled_out_are_closed_up(text: str, spelled: str) -> None:
    assert folding.respelled(text) == spelled


@pytest.mark.parametrize(
    ("text", "plain"), [("Noooo  way\n", "noo way"), ("éééé", "ee"), ("1111", "1111"), ("aa", "aa")]
)
def test_runs_and_spaces_are_cut_short(text: str, plain: str) -> None:
    assert folding.folded(text) == plain
