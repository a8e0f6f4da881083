"""How the C library keeps memory that a request has given back."""

import ctypes
import os
import sys
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
"""Parameters of glibc's `mallopt` (malloc.h)."""
KEPT: Final = 32 * 2**20
"""Bytes that may lie free at the end of the heap."""
LARGE: Final = 8 * 2**20
"""Bytes from which on a block is the system's again as soon as it is free."""


def keep_what_is_freed() -> bool:
    """Let the next large body have the memory of the last one; whether the C library can.

    By itself, glibc gives that memory back to the system at once, and each page of the next body is a fault: together
    they cost as much as all the work on a body of 32 KB. Who has set `MALLOC_TRIM_THRESHOLD_` knows better.
    """
    if not sys.platform.startswith("linux") or "MALLOC_TRIM_THRESHOLD_" in os.environ:
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        # Another C library than glibc.
        return False
    return all(mallopt(parameter, size) for parameter, size in ((_TRIM_THRESHOLD, KEPT), (_MMAP_THRESHOLD, LARGE)))
