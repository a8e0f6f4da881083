"""A text in windows that overlap, so that its length neither hides nor costs more than its share."""

from collections.abc import Iterator
from typing import Final

WINDOW: Final = 1024
"""Characters of a window."""
OVERLAP: Final = 128
"""Characters that a window shares with the next, so that what is cut by one is whole in the other."""


def windows(text: str) -> Iterator[str]:
    """At least one window, each of at most WINDOW characters."""
    yield text[:WINDOW]
    for start in range(WINDOW - OVERLAP, len(text) - OVERLAP, WINDOW - OVERLAP):
        yield text[start : start + WINDOW]
