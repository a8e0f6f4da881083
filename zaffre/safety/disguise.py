"""What hides a word from those who look for it, and not from those who read it: letters that look alike, and signs that
nobody sees."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

INVISIBLE: Final = re.compile(
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
_CAPITALS: Final = {
    **{ord(alike.upper()): latin.upper() for latin, alikes in _LOOK_ALIKES.items() for alike in alikes},
    # Capitals that look like other letters than their small ones do.
    **{ord(alike): latin for alike, latin in zip("ΒΗΜΝΥ", "BHMNY", strict=True)},
    **_ALIKE,
}
"""The same, and in upper case."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_ASCII: Final = re.compile("[A-Za-z]")
_OTHER_SCRIPT: Final = re.compile("[\u0370-\u058f]")
"""Greek, Cyrillic and Armenian."""


def latin(word: str) -> str:
    """A word in lower case with Latin letters for those that look alike.

    Only where all of it can be read so: a Russian or Greek word has letters that nobody takes for Latin ones.
    """
    return _translated(word, _ALIKE)


def revealed(text: str) -> str:
    """A text as people read it, in its own letter case: letters of any width plain, nothing in it that nobody sees, and
    words of two scripts in Latin letters."""
    if text.isascii():
        return text
    return _WORD.sub(_undisguised, INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))


def _undisguised(word: re.Match[str]) -> str:
    # A word in one script means what it says; one in two is meant to be read as if it were in one.
    written = word[0]
    mixed = _OTHER_SCRIPT.search(written) and _ASCII.search(written)
    return _translated(written, _CAPITALS) if mixed else written


def _translated(word: str, letters: Mapping[int, str]) -> str:
    plain = word.translate(letters)
    return plain if plain.isascii() else word
