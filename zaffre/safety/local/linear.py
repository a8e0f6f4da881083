"""Logits of hashed n-grams."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zaffre.safety.local.grams import BUCKETS, SHRINK, Grams, weighed
from zaffre.safety.local.weights import Floats, Weights

_ONCE: Final = math.log(2)
"""What `weighed` makes of an n-gram that stands there once."""


def logits(weights: Weights, words: NDArray[np.uint32], characters: NDArray[np.uint32]) -> Floats:
    """One for each of five outputs. The buckets may repeat."""
    total = weights.intercepts.copy()
    for start, buckets in ((0, words), (BUCKETS, characters)):
        found, amounts = weighed(buckets)
        if len(found):
            rows = weights.linear.take(found.astype(np.intp) + start, axis=0).astype(np.float32)
            total += amounts @ rows * weights.steps
    return total


def logits_of_parts(weights: Weights, of: Grams, starts: NDArray[np.intp]) -> Floats:
    """Five for each part of a text, by the places where the parts start.

    A part is short: an n-gram that stands in it twice counts twice."""
    total = np.tile(weights.intercepts, (len(starts), 1))
    for first, placed in ((0, of.words), (BUCKETS, of.characters)):
        rows = weights.linear.take(placed.buckets.astype(np.intp) + first, axis=0).astype(np.float32)
        # What stands from a part's start on, less what stands from the next one's: exact, as all are small integers.
        from_here = (placed.places >= starts[:, None]).astype(np.float32)
        sums, counts = from_here @ rows, from_here.sum(axis=1, keepdims=True)
        sums[:-1] -= sums[1:]
        counts[:-1] -= counts[1:]
        lengths = np.sqrt(counts * np.float32(_ONCE**2) + np.float32(SHRINK))
        total += sums * (np.float32(_ONCE) / lengths) * weights.steps
    return total
