"""Long texts in parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.safety.adapters.parts import in_parts


@given(st.text(min_size=1, max_size=300), st.integers(1, 60), st.integers(0, 80))
def test_every_stretch_as_long_as_the_overlap_stands_whole_in_some_part(text: str, longest: int, overlap: int) -> None:
    parts = in_parts(text, longest, overlap)
    assert all(len(part) <= longest for part in parts)
    stretch = max(min(overlap, longest - 1) + 1, 1)
    for start in range(max(len(text) - stretch + 1, 1)):
        assert any(text[start : start + stretch] in part for part in parts)


@pytest.mark.parametrize(("length", "number"), [(1, 1), (9_999, 1), (10_000, 1), (10_001, 2), (19_800, 2), (19_801, 3)])
def test_there_are_as_many_parts_as_needed(length: int, number: int) -> None:
    assert len(in_parts("a" * length, 10_000)) == number
