"""Coarse words and slurs: a small list, read from a file that shows none of them in clear."""

from base64 import b64decode
from importlib.resources import files
from typing import Final

from zaffre.safety.terms import Terms, tokens_of

_FILE: Final = "profanity.txt"
_FOLDED: Final = str.maketrans("01345@$!", "oieasasi")
"""Signs that stand for letters."""


class Profanity:
    """The list."""

    def __init__(self) -> None:
        written = files("zaffre.safety").joinpath(_FILE).read_text(encoding="ascii")
        lines = [line for line in written.splitlines() if line and not line.startswith("#")]
        self._terms = Terms(b64decode(line).decode() for line in lines)

    def found_in(self, text: str) -> bool:
        """Whether any of the words stands in the text, as it is or with signs for letters."""
        if self._terms.among(tokens_of(text)):
            return True
        folded = text.translate(_FOLDED)
        return folded != text and self._terms.among(tokens_of(folded))
