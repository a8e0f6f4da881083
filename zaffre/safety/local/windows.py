"""A text in windows that overlap, so that its length neither hides nor costs more than its share."""

import unicodedata
from collections.abc import Iterator
from typing import Final

WINDOW: Final = 1024
"""Characters of a window."""
OVERLAP: Final = 128
"""Characters that a window shares with the next, so that what is cut by one is whole in the other."""
REST: Final = 256
"""Characters more that the last window may have: a short one would cost nearly as much as a long one."""
_GROWN: Final = 2 * WINDOW
"""Characters above which a window that is spelled out is cut again."""


def windows(text: str) -> Iterator[str]:
    """At least one window, each of WINDOW characters or a few more, or of so many more as a few signs stand for.

    A single character may stand for 18: what it says comes in further windows, all of which are looked at.
    """
    for window in _windows(text):
        spelled = window if window.isascii() else unicodedata.normalize("NFKC", window)
        if len(spelled) <= _GROWN:
            yield window
        else:
            yield from _windows(spelled)


def characters(text: str) -> int:
    """Of all that the text stands for."""
    return len(text) if text.isascii() else len(unicodedata.normalize("NFKC", text))


def _windows(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > WINDOW + REST:
        yield text[start : start + WINDOW]
        start += WINDOW - OVERLAP
    yield text[start:]
