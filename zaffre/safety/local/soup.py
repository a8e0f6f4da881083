"""Token soup: a run of words that ordinary text never puts side by side, as optimised attack suffixes are.

Two sets of bits, filled by hash, remember which words and which pairs of neighbours harmless text had.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from zaffre.safety.local.grams import Hashes, pairs
from zaffre.safety.local.weights import Floats

WORD_BITS: Final = 18
PAIR_BITS: Final = 20
RUN: Final = 12
"""Words of the run that is looked at."""
STATISTICS: Final = 8
_FEW: Final = 6
"""Fewer words are no soup."""


def statistics(order: Hashes, words: NDArray[np.uint8], pair_bits: NDArray[np.uint8]) -> Floats:
    """What is odd about a text, by the hashes of its words in order: on average, in its worst run, in its last one."""
    if len(order) < _FEW:
        return np.zeros(STATISTICS, dtype=np.float32)
    strange = ~held(words, order, WORD_BITS)
    unseen = ~held(pair_bits, pairs(order), PAIR_BITS)
    # Names and numbers are strange too: known words in an unknown order tell more.
    disordered = unseen & ~strange[:-1] & ~strange[1:]
    worst = [share for odd in (strange, unseen, disordered) for share in _runs(odd)]
    return np.array([min(len(order), 400) / 400, *worst, np.count_nonzero(unseen) / len(unseen)], dtype=np.float32)


def _runs(odd: NDArray[np.bool_]) -> tuple[float, float]:
    """The share of odd ones in the worst run and in the last one."""
    run = min(RUN, len(odd))
    sums = odd.cumsum()
    counts = sums[run - 1 :].copy()
    counts[1:] -= sums[:-run]
    return counts.max() / run, counts[-1] / run


def places(hashes: Hashes, bits: int) -> NDArray[np.intp]:
    return (hashes >> np.uint64(64 - bits)).astype(np.intp)


def held(kept: NDArray[np.uint8], hashes: Hashes, bits: int) -> NDArray[np.bool_]:
    """Whether the set may hold each hash."""
    place = places(hashes * np.uint64(0xD6E8FEB86659FD93), bits)
    bits_there: NDArray[np.bool_] = (kept[place >> 3] >> (place & 7).astype(np.uint8) & 1).astype(bool)
    return bits_there


def filled(hashes: Hashes, bits: int) -> NDArray[np.uint8]:
    """A set of 2^bits bits that holds the hashes."""
    flags = np.zeros(1 << bits, dtype=np.uint8)
    flags[places(hashes * np.uint64(0xD6E8FEB86659FD93), bits)] = 1
    return np.packbits(flags, bitorder="little")
