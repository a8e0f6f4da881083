"""Regular expressions looked for in texts, thousands of them together.

RE2 matches in time that grows with the text alone, whatever a pattern says: nothing can hang. Thousands of patterns
that stay open to the end of a text still make it grow faster than the text, so a long one is looked at in parts. While
a set of patterns is made nothing else happens in this process, so a set has few of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import re2

from zaffre.config.patterns import instructions

PART: Final = 8000
"""Characters that are looked at together."""
OVERLAP: Final = 1000
"""Characters of a part that are looked at again with the next: what a pattern fits across parts is no longer."""
_ROOM: Final = 20_000
"""Instructions of the patterns of one set, unless it has but one: it is made within milliseconds."""
_MEMORY: Final = 4 * 2**20
"""Bytes that one set may use."""
_SIEVES: Final = 64 * 2**20
"""The same, of the few that every text goes through."""


class Patterns:
    """A number of them, in RE2's syntax."""

    def __init__(self, patterns: Sequence[str], before: "Patterns | None" = None) -> None:
        """
        Args:
            before: has some of the same patterns. What it has made of them is not made again.

        Raises:
            re2.error: one cannot be read, or is too large.
        """
        self.instructions = sum(map(instructions, patterns))
        """Each may cost a step for each character of a text."""
        known = {each.patterns: each for each in before._sets} if before else {}
        self._sets: list[_Set] = [known.get(each) or _Set(each) for each in _in_sets(patterns)]

    def found_in(self, text: str) -> bool:
        """Whether any of them fits some part of the text."""
        return next(self.fitting(text), None) is not None

    def fitting(self, text: str) -> Iterator[int]:
        """The places of those that fit some part of the text, some of them more than once."""
        parts = _parts(text)
        first = 0
        for each in self._sets:
            for part in parts:
                yield from (first + place for place in each.fitting(part))
            first += len(each.patterns)


def _in_sets(patterns: Iterable[str]) -> Iterator[tuple[str, ...]]:
    room, taken = _ROOM, list[str]()
    for pattern in patterns:
        room -= instructions(pattern)
        if taken and room < 0:
            yield tuple(taken)
            room, taken = _ROOM - instructions(pattern), []
        taken.append(pattern)
    if taken:
        yield tuple(taken)


def _parts(text: str) -> list[str]:
    last = max(len(text) - OVERLAP, 1)
    return [text[start : start + PART] for start in range(0, last, PART - OVERLAP)]


class _Set:
    """Some that are matched together."""

    def __init__(self, patterns: Sequence[str], memory: int = _MEMORY) -> None:
        """
        Args:
            memory: bytes that it may use.

        Raises:
            re2.error: one cannot be read, or all of them together are too large.
        """
        self.patterns = tuple(patterns)
        self._set = re2.Set.SearchSet(_options(memory))
        # It fits everything. A set that runs out of memory finds nothing at all: then this one is missing, too.
        self._sentinel = self._set.Add("")
        for pattern in patterns:
            self._set.Add(pattern)
        self._set.Compile()

    def fitting(self, text: str) -> list[int]:
        """The places of those that fit some part of the text. Raises MemoryError: it cannot be told."""
        found = self._set.Match(text)
        if self._sentinel not in found:
            raise MemoryError("RE2 ran out of memory")
        return [place - 1 for place in found if place != self._sentinel]


class Sieve:
    """Says which of some patterns of Python's fit a text: in one pass over it, where all of it is ASCII.

    There, RE2 means the same by all that it reads. Elsewhere Python has more letters than RE2.
    """

    def __init__(self, **patterns: re.Pattern[str]) -> None:
        """Raises re2.error: one cannot be read by RE2."""
        self._patterns = patterns
        self._names = list(patterns)
        self._set = _Set([pattern.pattern for pattern in patterns.values()], _SIEVES)

    def fitting(self, text: str) -> list[str]:
        """Their names."""
        if text.isascii():
            return [self._names[place] for place in self._set.fitting(text)]
        return [name for name, pattern in self._patterns.items() if pattern.search(text)]


def _options(memory: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options
