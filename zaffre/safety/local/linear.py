"""Logits of hashed n-grams."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zaffre.safety.local.grams import SHRINK, Grams, weighed
from zaffre.safety.local.weights import Floats, Weights

_ONCE: Final = math.log(2)
"""What `weighed` makes of an n-gram that stands there once."""


def logits(weights: Weights, buckets: NDArray[np.uint32]) -> Floats:
    """One for each of five outputs. The buckets may repeat."""
    found, amounts = weighed(buckets)
    total: Floats = weights.intercepts + amounts @ _rows(weights, found) * weights.steps
    return total


def logits_of_parts(weights: Weights, of: Grams, starts: NDArray[np.intp]) -> Floats:
    """Five for each part of a text, by the places where the parts start.

    A part is short: an n-gram that stands in it twice counts twice."""
    total = np.tile(weights.intercepts, (len(starts), 1))
    rows = _rows(weights, of.buckets)
    # What stands from a part's start on, less what stands from the next one's: exact, as all are small integers.
    from_here = (of.places >= starts[:, None]).astype(np.float32)
    for each in (slice(0, of.words), slice(of.words, None)):
        sums, counts = from_here[:, each] @ rows[each], from_here[:, each].sum(axis=1, keepdims=True)
        sums[:-1] -= sums[1:]
        counts[:-1] -= counts[1:]
        lengths = np.sqrt(counts * np.float32(_ONCE**2) + np.float32(SHRINK))
        total += sums * (np.float32(_ONCE) / lengths) * weights.steps
    return total


def _rows(weights: Weights, buckets: NDArray[np.uint32]) -> Floats:
    return weights.linear.take(buckets.astype(np.intp), axis=0).astype(np.float32)
