"""One plain spelling for what reads alike, and a second one for letters that were written as digits or apart."""

import re
import unicodedata
from string import ascii_lowercase
from typing import Final

from zaffre.safety.patterns import Sieve

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
"""Format characters, variation selectors, fillers and tags: they show nothing and split words."""

_LOOK_ALIKES: Final = {
    "a": "аαաɑᴀ", "b": "вьβʙƅ", "c": "сϲᴄ", "d": "ԁɗđᴅ", "e": "еєεэᴇ", "f": "ꜰ", "g": "ɡցɢ", "h": "нһհħʜ",
    "i": "іιıɪɩɨ", "j": "јϳᴊ", "k": "кκƙᴋ", "l": "ӏʟłɫℓ", "m": "мᴍ", "n": "пηոɴ", "o": "оοσօøᴏ", "p": "рρƥᴘ",
    "q": "ԛ", "r": "гʀ", "s": "ѕꜱ", "t": "тτŧƭᴛ", "u": "υսʋᴜ", "v": "νѵᴠ", "w": "ωԝᴡ", "x": "хχ", "y": "уүγʏ",
    "z": "ζᴢ",
}  # fmt: skip
"""What fonts draw as Latin letters, in lower case: Cyrillic, Greek, Armenian, phonetic letters, small capitals."""
_ALIKE: Final = {ord(alike): latin for latin, alikes in _LOOK_ALIKES.items() for alike in alikes}
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
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
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
    # Only where all of a word can be read so: a Russian or Greek word has letters that nobody takes for Latin ones.
    latin = word[0].translate(_ALIKE)
    return latin if latin.isascii() else word[0]


def _letters(word: re.Match[str]) -> str:
    return word[0].translate(_LEET)
