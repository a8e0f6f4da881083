"""The same line about another group."""

import random
import re
from typing import Final

_FORMS: Final = (
    ["women", "men", "gays", "lesbians", "blacks", "whites", "muslims", "jews", "christians", "hindus", "immigrants",
     "migrants", "refugees", "foreigners", "mexicans", "asians", "arabs", "africans", "indians", "feminists",
     "black people", "white people", "gay people", "trans people", "disabled people", "jewish people",
     "muslim people", "old people", "girls", "boys", "latinos", "turks", "gypsies", "homosexuals", "catholics"],
    ["black", "white", "gay", "trans", "transgender", "muslim", "jewish", "christian", "hindu", "immigrant", "mexican",
     "asian", "arab", "african", "indian", "disabled", "chinese", "female", "queer", "homosexual", "latino", "turkish",
     "catholic", "bisexual", "deaf", "blind", "old", "foreign"],
    ["woman", "man", "black man", "black woman", "white man", "muslim", "jew", "christian", "immigrant", "refugee",
     "lesbian", "gay man", "trans woman", "trans man", "disabled person", "girl", "mexican", "arab", "foreigner",
     "feminist", "old man", "asian woman"],
)  # fmt: skip
"""Many of them, one of a kind, one."""
_FORM_OF: Final = {name: number for number, names in reversed(list(enumerate(_FORMS))) for name in names}
_NAMED: Final = re.compile(
    r"\b(?:" + "|".join(re.escape(name) for name in sorted(_FORM_OF, key=len, reverse=True)) + r")\b", re.IGNORECASE
)
_TELLING: Final = frozenset(_FORM_OF) - {"old", "man", "men", "boys", "girls", "girl", "white", "black", "blind"}
"""Words that hardly mean anything but a group."""


def named(text: str) -> bool:
    """Whether a text names a group."""
    return any(name[0].lower() in _TELLING for name in _NAMED.finditer(text))


def swapped(text: str, chance: random.Random) -> str:
    """The text with other groups, one for each that it names."""
    others: dict[str, str] = {}

    def other(name: re.Match[str]) -> str:
        word = name[0].lower()
        return others.setdefault(word, chance.choice(_FORMS[_FORM_OF[word]]))

    return _NAMED.sub(other, text)
