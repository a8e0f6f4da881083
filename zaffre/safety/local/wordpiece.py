"""WordPiece, as BERT's uncased vocabulary wants it, on folded text.

Source: https://github.com/google-research/bert (tokenization.py): words and single signs, each cut into the longest
pieces that the vocabulary has, all but the first marked with ##.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_PARTS: Final = re.compile(r"[^\W_]+|[^\w\s]|_")
_LONGEST: Final = 100
"""Characters of a word that is cut; a longer one is unknown."""


class WordPiece:
    """Token numbers of texts."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown = self._numbers["[UNK]"]
        self.first, self.last = self._numbers["[CLS]"], self._numbers["[SEP]"]
        self._cut = lru_cache(maxsize=20_000)(self._pieces)

    def tokens(self, text: str) -> list[int]:
        """Without the marks of beginning and end."""
        return [number for part in _PARTS.findall(text) for number in self._cut(part)]

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._numbers.get(mark + word[start:end])
                if number is not None:
                    break
            else:
                return (self._unknown,)
            found.append(number)
            start = end
        return tuple(found)
