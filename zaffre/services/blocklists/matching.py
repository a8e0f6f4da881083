"""Where items of lists stand in a text: in any letter case, and whole: no letter or digit goes on beside them."""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

_WORD: Final = re.compile(r"[^\W_]+")
"""Letters and digits."""


class Sought(Struct, frozen=True):
    """An item, made ready to be looked for."""

    folded: str
    word: str
    """With which it begins; "" where it begins with anything else."""

    @classmethod
    def of(cls, item: str) -> "Sought":
        """Raises ValueError: an item without a character stands everywhere."""
        if not item:
            raise ValueError("an item has at least one character")
        folded = item.casefold()
        word = _WORD.match(folded)
        return cls(folded, word[0] if word else "")


class Searched:
    """A text in which many items are looked for: each costs no more than the places where its first word stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._text = text.casefold()
        self._places: dict[str, list[int]] = {}
        for word in _WORD.finditer(self._text):
            self._places.setdefault(word[0], []).append(word.start())

    def has(self, sought: Sought) -> bool:
        """Whether an item stands in it."""
        return any(self._has_at(sought.folded, place) for place in self._candidates(sought))

    def _candidates(self, sought: Sought) -> Iterable[int]:
        if sought.word:
            return self._places.get(sought.word, ())
        return (found.start() for found in re.finditer(re.escape(sought.folded), self._text))

    def _has_at(self, folded: str, place: int) -> bool:
        end = place + len(folded)
        goes_on = folded[-1].isalnum() and self._text[end : end + 1].isalnum()
        return not goes_on and self._text.startswith(folded, place)
