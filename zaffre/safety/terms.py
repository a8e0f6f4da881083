"""Words and phrases looked for in texts: as whole words, in any letter case, thousands of them in one go."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from zaffre.safety.disguise import INVISIBLE, latin

# Characters of scripts that write no spaces stand for themselves.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKENS: Final = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+|[^\\w\\s]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ASCII: Final = re.compile("[a-z]")
_OTHER_SCRIPT: Final = re.compile("[\u0370-\u058f]")
"""Greek, Cyrillic and Armenian."""


class Terms:
    """A set of them."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._by_first: dict[str, list[list[str]]] = {}
        for term in terms:
            tokens = tokens_of(term)
            if tokens:
                self._by_first.setdefault(tokens[0], []).append(tokens)

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def found_in(self, text: str) -> bool:
        """Whether any of them stands in the text."""
        return self.among(tokens_of(text)) if self._by_first else False

    def among(self, tokens: list[str]) -> bool:
        """The same, of a text's tokens."""
        by_first = self._by_first
        for place, token in enumerate(tokens):
            for term in by_first.get(token, ()):
                if tokens[place : place + len(term)] == term:
                    return True
        return False


def tokens_of(text: str) -> list[str]:
    """Words and signs, alike whatever their letter case, their width and what is among them that only looks alike."""
    if text.isascii():
        return _TOKENS.findall(text.casefold())
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return _TOKENS.findall(_WORD.sub(_undisguised, text))


def _undisguised(word: re.Match[str]) -> str:
    # A word in one script means what it says; one in two is meant to be read as if it were in one.
    written = word[0]
    return latin(written) if _OTHER_SCRIPT.search(written) and _ASCII.search(written) else written
