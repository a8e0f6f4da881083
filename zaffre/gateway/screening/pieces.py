"""How a text that grows is cut into pieces to be checked.

Where it is cut depends on the text alone, never on how it arrives, so that the same text gets the same verdict.
"""

import re
from typing import Final

PIECE: Final = 200
"""Characters of a piece, at most."""
WINDOW: Final = 400
"""Characters before a piece that are checked again with it: what stands across a cut is seen then, at least."""
SHORTEST: Final = 40
"""Characters below which a sentence waits for the next."""
LONGEST_MASKED: Final = 1000
"""Characters of a piece at most, where parts of the text are masked and may not be cut."""

_END: Final = re.compile(r"[.!?…][\"'”’)\]]*\s|[。！？\n]")
_BETWEEN_WORDS: Final = re.compile(r"\s(?=\S)")
_BETWEEN_PLAIN_WORDS: Final = re.compile(r"(?<!\S)[^\s\d]+\s(?=[^\s\d+(])")
"""No address, number or card stands across such a gap."""


def cut(text: str, *, masked: bool = False) -> int:
    """Where the first piece ends; 0 where that cannot be told yet.

    Args:
        masked: what is masked must stand in one piece.
    """
    most = LONGEST_MASKED if masked else PIECE
    end = _END.search(text, SHORTEST, most)
    if end is not None:
        return end.end()
    if len(text) <= most:
        return 0
    return gap(text[: most + 1], masked=masked) or most


def gap(text: str, *, masked: bool = False) -> int:
    """Where the last word of a text begins; 0 where there is only one."""
    gaps = _BETWEEN_PLAIN_WORDS if masked else _BETWEEN_WORDS
    return max((found.end() for found in gaps.finditer(text)), default=0)
