"""Logits of hashed n-grams."""

import numpy as np
from numpy.typing import NDArray

from zaffre.safety.local.grams import BUCKETS, weighed
from zaffre.safety.local.weights import Floats, Weights


def logits(weights: Weights, words: NDArray[np.uint32], characters: NDArray[np.uint32]) -> Floats:
    """One for each of five outputs. The buckets are sorted and may repeat."""
    total = weights.intercepts.copy()
    for start, buckets in ((0, words), (BUCKETS, characters)):
        found, amounts = weighed(buckets)
        if len(found):
            rows = weights.linear.take(found.astype(np.intp) + start, axis=0).astype(np.float32)
            total += amounts @ rows * weights.steps
    return total
