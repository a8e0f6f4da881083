"""Regular expressions looked for in texts, thousands of them in one pass.

RE2 matches in time that grows with the text alone, whatever a pattern says: nothing can hang. Thousands of patterns
that stay open to the end of a text still make it grow faster than the text, so a long one is looked at in parts.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import re2

PART: Final = 8000
"""Characters that are looked at together."""
OVERLAP: Final = 1000
"""Characters of a part that are looked at again with the next: what a pattern fits across parts is no longer."""
_MEMORY: Final = 64 * 2**20
"""Bytes that one set of patterns may use."""


class Patterns:
    """A number of them, in RE2's syntax."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raises re2.error: one that cannot be read."""
        self._number = len(patterns)
        self._sets = _sets(patterns) if patterns else []

    def __len__(self) -> int:
        return self._number

    def found_in(self, text: str) -> bool:
        """Whether any of them fits some part of the text."""
        last = max(len(text) - OVERLAP, 1)
        parts = [text[start : start + PART] for start in range(0, last, PART - OVERLAP)]
        return any(each.found_in(part) for each in self._sets for part in parts)


class _Set:
    """Some that are matched together."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raises re2.error: one cannot be read, or all of them together are too large."""
        self._patterns = patterns
        self._set = re2.Set.SearchSet(_options())
        # It fits everything. A set that runs out of memory finds nothing at all: then this one is missing, too.
        self._sentinel = self._set.Add("")
        for pattern in patterns:
            self._set.Add(pattern)
        self._set.Compile()

    def found_in(self, text: str) -> bool:
        found = self.fitting(text)
        if found is not None:
            return bool(found)
        return any(re2.compile(pattern, _options()).search(text) is not None for pattern in self._patterns)

    def fitting(self, text: str) -> list[int] | None:
        """The places of those that fit some part of the text; None: it cannot be told."""
        found = self._set.Match(text)
        return [place - 1 for place in found if place != self._sentinel] if self._sentinel in found else None


class Sieve:
    """Says which of some patterns of Python's fit a text: in one pass over it, where all of it is ASCII.

    There, RE2 means the same by all that it reads. Elsewhere Python has more letters than RE2.
    """

    def __init__(self, **patterns: re.Pattern[str]) -> None:
        """Raises re2.error: one cannot be read by RE2."""
        self._patterns = patterns
        self._names = list(patterns)
        self._set = _Set([pattern.pattern for pattern in patterns.values()])

    def fitting(self, text: str) -> list[str]:
        """Their names."""
        found = self._set.fitting(text) if text.isascii() else None
        if found is None:
            return [name for name, pattern in self._patterns.items() if pattern.search(text)]
        return [self._names[place] for place in found]


def _sets(patterns: Sequence[str]) -> list[_Set]:
    """As few as their memory allows."""
    try:
        return [_Set(patterns)]
    except re2.error:
        if len(patterns) == 1:
            raise
    half = len(patterns) // 2
    return [*_sets(patterns[:half]), *_sets(patterns[half:])]


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return options
