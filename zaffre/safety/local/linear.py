"""Logits of hashed n-grams."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from zaffre.safety.local.grams import BITS, BUCKETS, SHRINK, Grams, counted, weighed
from zaffre.safety.local.weights import Floats, Weights

_ABOVE_BUCKETS: Final = np.uint32(BITS + 1)
_BUCKET: Final = np.uint32(2 * BUCKETS - 1)


def logits(weights: Weights, buckets: NDArray[np.uint32]) -> Floats:
    """One for each of five outputs. The buckets may repeat."""
    found, amounts = weighed(buckets)
    total: Floats = weights.intercepts + amounts @ _rows(weights, found) * weights.steps
    return total


def logits_of_parts(weights: Weights, of: Grams, starts: NDArray[np.intp]) -> Floats:
    """Five for each part of a text, by the places where the parts start: what each would say alone."""
    part = (of.places >= starts[1:, None]).sum(axis=0, dtype=np.uint32)
    found, amounts = counted(part << _ABOVE_BUCKETS | of.buckets)
    rows = _rows(weights, found & _BUCKET) * amounts[:, None]
    # Words and characters of each part in turn.
    inside = (found >> np.uint32(BITS) == np.arange(2 * len(starts), dtype=np.uint32)[:, None]).astype(np.float32)
    lengths = np.sqrt(inside @ (amounts * amounts) + np.float32(SHRINK))
    sums = (inside @ rows / lengths[:, None]).reshape(len(starts), 2, -1).sum(axis=1)
    total: Floats = weights.intercepts + sums * weights.steps
    return total


def _rows(weights: Weights, buckets: NDArray[np.uint32]) -> Floats:
    return weights.linear.take(buckets.astype(np.intp), axis=0).astype(np.float32)
