"""Parts of a text, and what they say by themselves."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zaffre.safety.local.grams import grams
from zaffre.safety.local.linear import logits, logits_of_parts
from zaffre.safety.local.parts import LONG, SHORT, parts
from zaffre.safety.local.weights import shipped


@given(st.text(st.characters(max_codepoint=127), max_size=1500))
def test_parts_begin_at_the_start_and_are_neither_short_nor_long(text: str) -> None:
    starts = parts(text)
    lengths = np.diff([*starts, len(text)])
    assert starts[0] == 0
    assert (lengths[:-1] >= SHORT).all()
    assert (lengths <= SHORT + 2 * LONG).all()


def test_a_part_ends_where_a_sentence_does() -> None:
    sentence = "the rain fell on the hills and the cat looked at it from the window."
    text = " ".join([sentence] * 6)
    assert [text[:start].count(".") for start in parts(text)] == [0, 2, 4]
    assert all(text[:start].endswith(".") for start in parts(text)[1:])


def test_what_a_part_says_again_counts_as_it_does_in_a_whole() -> None:
    weights = shipped()
    found = grams(" ".join(["black and white"] * 20))
    (alone,) = logits_of_parts(weights, found, np.array([0]))
    assert np.abs(alone - logits(weights, found.buckets)).max() < 1e-4


def test_a_part_says_what_it_would_say_alone() -> None:
    weights = shipped()
    texts = ("the cat sat on a mat by night.", " quick brown foxes jump over lazy dogs")
    apart = logits_of_parts(weights, grams("".join(texts)), np.array([0, len(texts[0]) + 1]))
    alone = [grams(text.strip()) for text in texts]
    expected = [logits(weights, each.buckets) for each in alone]
    # What stands across the edge belongs to the first part.
    assert np.abs(apart - expected)[1].max() < 1e-3
    assert np.abs(apart - expected)[0].max() < 1
