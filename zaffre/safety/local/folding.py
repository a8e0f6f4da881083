"""One plain spelling for what reads alike, and a second one for letters that were written as digits or apart."""

import re
import unicodedata
from string import ascii_lowercase
from typing import Final

from zaffre.safety.disguise import INVISIBLE, latin
from zaffre.safety.patterns import Sieve

_NOT_ASCII_WORD: Final = re.compile(r"[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")

_RUN: Final = re.compile(r"([^\W\d_])\1{2,}")
_RUNS: Final = Sieve(run=re.compile("|".join(letter * 3 for letter in ascii_lowercase)))

_LEET: Final = str.maketrans("013457@$!|", "oieastasil")
_LEET_WORD: Final = re.compile(r"[a-z0-9@$!|]*[a-z](?:[01345@$!|][a-z]+)+[a-z0-9@$!|]*|(?<!\S)[@$5][a-z]{2,}")
_LEET_LETTER: Final = re.compile(r"[01345@$!|][a-z]")
_APART: Final = re.compile(r"(?<![^\s\"'(])(?:[a-z]([ .*_\-]{1,2}))(?:[a-z]\1){1,}[a-z](?![a-z])")
_SINGLES: Final = Sieve(three=re.compile(r"[a-z][ .*_\-]{1,2}[a-z][ .*_\-]{1,2}[a-z](?:[^a-z]|$)"))
"""What every word that is spelled out has in it."""
_BETWEEN: Final = re.compile(r"[ .*_\-]")


def folded(text: str) -> str:
    """The text in compatibility form, lower case, Latin letters for look-alikes, no accents, nothing invisible."""
    if not text.isascii():
        text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
        text = _NOT_ASCII_WORD.sub(_latin, _without_marks(text))
    text = text.lower()
    if not text.isascii() or _RUNS.fitting(text):
        text = _RUN.sub(r"\1\1", text)
    return " ".join(text.split())


def respelled(plain: str) -> str:
    """A folded text with letters for digits and signs inside words, and spelled-out words closed up; equal to it where
    there are none."""
    if _LEET_LETTER.search(plain):
        plain = _LEET_WORD.sub(_letters, plain)
    return _APART.sub(lambda found: _BETWEEN.sub("", found[0]), plain) if _SINGLES.fitting(plain) else plain


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    if len(decomposed) == len(text):
        return text
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def _latin(word: re.Match[str]) -> str:
    return latin(word[0])


def _letters(word: re.Match[str]) -> str:
    return word[0].translate(_LEET)
