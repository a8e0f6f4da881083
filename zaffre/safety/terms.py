"""Words and phrases looked for in texts: as whole words, in any letter case, thousands of them in one go."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from zaffre.safety.disguise import revealed

# Characters of scripts that write no spaces stand for themselves.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKENS: Final = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+|[^\\w\\s]|_")

Tokens = tuple[str, ...]


class Terms:
    """A number of them."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._known: dict[str, dict[int, dict[Tokens, list[int]]]] = {}
        """Where terms stand among all of them, by their first tokens, their lengths and their tokens."""
        for place, term in enumerate(terms):
            tokens = tuple(tokens_of(term))
            if tokens:
                alike = self._known.setdefault(tokens[0], {}).setdefault(len(tokens), {})
                alike.setdefault(tokens, []).append(place)
        self.work = max((sum(lengths) for lengths in self._known.values()), default=0)
        """Tokens that are compared at one place of a text, at most."""

    def found_in(self, text: str) -> bool:
        """Whether any of them stands in the text."""
        return bool(self._known) and self.among(tokens_of(text))

    def among(self, tokens: list[str]) -> bool:
        """The same, of a text's tokens."""
        return next(self.standing_among(tokens), None) is not None

    def standing_in(self, text: str) -> Iterator[int]:
        """The places of those that stand in the text, again for each time that they do."""
        return self.standing_among(tokens_of(text)) if self._known else iter(())

    def standing_among(self, tokens: list[str]) -> Iterator[int]:
        """The same, of a text's tokens."""
        known = self._known
        for start, token in enumerate(tokens):
            lengths = known.get(token)
            if lengths is not None:
                for length, terms in lengths.items():
                    yield from terms.get(tuple(tokens[start : start + length]), ())


def tokens_of(text: str) -> list[str]:
    """Words and signs, alike whatever their letter case, their width and what is among them that only looks alike."""
    # Again, since some letters are Latin ones in one letter case alone: an eszett is SS.
    return _TOKENS.findall(revealed(revealed(text).casefold()).casefold())
