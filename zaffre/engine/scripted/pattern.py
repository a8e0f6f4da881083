"""A text that a regular expression matches, for the `pattern` of a JSON schema.

The expression is only read, never run: it comes from the caller, and some expressions take for ever to run.
"""

import string
from typing import Final

LONGEST: Final = 1024
"""Characters. What would come out longer is not written."""

_DEEPEST: Final = 32
_SAMPLES: Final = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_MEMBERS: Final = {"d": string.digits, "w": string.ascii_letters + string.digits + "_", "s": string.whitespace}
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_EDGES: Final = frozenset("bBAZz")
_HEX_DIGITS: Final = {"x": 2, "u": 4}
_OUTSIDERS: Final = "aA0_- .\u00e9\u4e00"
"""What is tried for a class that says what it is not."""


class _Beyond(Exception):
    """The expression uses what is not read here: look-around, back-references, properties."""


def matching(pattern: str, at_least: int = 0) -> str | None:
    """A short text that `pattern` matches, or None where the expression is beyond this reader.

    Args:
        at_least: characters wanted, reached where the expression has something to repeat.
    """
    text = None
    for spare in (0, 1, min(at_least, LONGEST)):
        try:
            text = _Writer(pattern, spare).whole()
        except _Beyond:
            return text
        if len(text) >= max(1, at_least):
            break
    return text


class _Writer:
    """Reads the expression from left to right and writes the first thing that fits each part."""

    def __init__(self, pattern: str, spare: int) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0
        self._spare = spare
        """Repetitions beyond the fewest, where the expression allows more."""

    def whole(self) -> str:
        text = self._alternatives()
        if self._at < len(self._pattern):
            raise _Beyond
        return text

    def _alternatives(self) -> str:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Beyond
        text = self._sequence()
        while self._take("|"):
            self._sequence()
        self._depth -= 1
        return text

    def _sequence(self) -> str:
        text = ""
        while self._here() not in ("", "|", ")"):
            atom = self._atom()
            times = self._times()
            if len(text) + len(atom) * times > LONGEST:
                raise _Beyond
            text += atom * times
        return text

    def _atom(self) -> str:
        letter = self._next()
        if letter == "(":
            return self._group()
        if letter == "[":
            return self._one_of()
        if letter == "\\":
            return self._escaped()
        if letter in "^$":
            return ""
        if letter in "*+?":
            raise _Beyond
        return "a" if letter == "." else letter

    def _group(self) -> str:
        if self._take("?") and not self._take(":"):
            self._take("P")
            if not self._take("<") or self._here() in ("=", "!"):
                raise _Beyond
            self._until(">")
        text = self._alternatives()
        self._expect(")")
        return text

    def _one_of(self) -> str:
        """A character of a class such as `[a-z_]` or `[^"]`."""
        negated = self._take("^")
        members = self._member()
        while self._here() != "]":
            members += self._member()
        self._expect("]")
        if not negated:
            return members[0]
        outside = [letter for letter in _OUTSIDERS if letter not in members]
        if not outside:
            raise _Beyond
        return outside[0]

    def _member(self) -> str:
        """The characters of one item of a class; of a range, its ends and those that a negated class may ask about."""
        letter = self._next()
        if letter == "\\":
            kind = self._here()
            if kind in _MEMBERS:
                return _MEMBERS[self._next()]
            letter = "\b" if self._take("b") else self._escaped()
        rest = self._pattern[self._at : self._at + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return letter
        self._at += 1
        last = self._next()
        last = self._escaped() if last == "\\" else last
        return letter + "".join(other for other in _OUTSIDERS if letter <= other <= last) + last

    def _escaped(self) -> str:
        letter = self._next()
        if letter in _SAMPLES:
            return _SAMPLES[letter]
        if letter in _EDGES:
            return ""
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter in _HEX_DIGITS:
            return self._numbered(_HEX_DIGITS[letter])
        if letter.isalnum():
            raise _Beyond
        return letter

    def _numbered(self, digits: int) -> str:
        code = self._pattern[self._at : self._at + digits]
        if len(code) < digits or not all(digit in string.hexdigits for digit in code):
            raise _Beyond
        self._at += digits
        letter = chr(int(code, 16))
        if not letter.isprintable():
            raise _Beyond
        return letter

    def _times(self) -> int:
        """How often the atom before a quantifier is written."""
        fewest, most = self._quantifier()
        self._take("?") or self._take("+")
        times = fewest + self._spare if most is None else min(fewest + self._spare, max(fewest, most))
        if times > LONGEST:
            raise _Beyond
        return times

    def _quantifier(self) -> tuple[int, int | None]:
        if self._take("*"):
            return 0, None
        if self._take("+"):
            return 1, None
        if self._take("?"):
            return 0, 1
        if self._here() != "{":
            # Not repeated at all, so not even spare repetitions may be added.
            return 1, 1
        self._at += 1
        fewest, comma, most = self._until("}").partition(",")
        if not (fewest or comma) or not (fewest + most).isdecimal() or len(fewest + most) > 9:
            raise _Beyond
        return int(fewest or 0), (int(most) if most else None) if comma else int(fewest)

    def _here(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        letter = self._here()
        if not letter:
            raise _Beyond
        self._at += 1
        return letter

    def _take(self, letter: str) -> bool:
        if self._here() != letter:
            return False
        self._at += 1
        return True

    def _expect(self, letter: str) -> None:
        if not self._take(letter):
            raise _Beyond

    def _until(self, letter: str) -> str:
        end = self._pattern.find(letter, self._at)
        if end < 0:
            raise _Beyond
        text = self._pattern[self._at : end]
        self._at = end + 1
        return text
