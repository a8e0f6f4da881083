"""Regular expressions of blocklists: in RE2's syntax, and no larger than can be looked for while callers wait."""

from functools import lru_cache
from typing import Final

import re2

from zaffre.config.filters import MOST_ITEMS

MOST_INSTRUCTIONS: Final = 1_000_000
"""Of the programs that all patterns of a list become: each may cost a step for each character of a text."""
_MEMORY: Final = 2**18
"""Bytes in which a pattern's program has to fit. To find out is a matter of milliseconds then."""


@lru_cache(maxsize=2 * MOST_ITEMS)
def instructions(pattern: str) -> int:
    """Of the program that a pattern becomes. Raises re2.error: it cannot be read, or is too large."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    size: int = re2.compile(pattern, options).programsize
    return size


def unreadable(pattern: str) -> str | None:
    """Why a pattern is no regular expression that can be used; None where it is one."""
    try:
        instructions(pattern)
    except re2.error as error:
        return _words(error)
    return None


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
