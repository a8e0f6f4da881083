"""Logits of hashed n-grams."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zaffre.safety.local.grams import BUCKETS, SHRINK, Grams, weighed
from zaffre.safety.local.weights import Floats, Weights

OUTPUTS: Final = 5
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
        part = np.searchsorted(starts, placed.places, side="right") - 1
        rows = weights.linear.take(placed.buckets.astype(np.intp) + first, axis=0)
        cells = (part * OUTPUTS)[:, None] + np.arange(OUTPUTS)
        sums = np.bincount(cells.ravel(), rows.ravel(), minlength=len(starts) * OUTPUTS).reshape(-1, OUTPUTS)
        counts = np.bincount(part, minlength=len(starts))
        lengths = np.sqrt(counts * _ONCE**2 + SHRINK)[:, None]
        total += (sums * _ONCE / lengths * weights.steps).astype(np.float32)
    return total
