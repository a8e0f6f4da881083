"""Figures of ranking and of decisions. Scores and truths are vectors of one length."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Truth = NDArray[np.bool_]


def average_precision(truth: Truth, scores: Scores) -> float:
    """Area under precision over recall; ties count as one step. NaN without a positive."""
    if not truth.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits, sorted_scores = np.cumsum(truth[order]), scores[order]
    last = np.append(np.flatnonzero(np.diff(sorted_scores)), len(scores) - 1)
    precision = hits[last] / (last + 1)
    recall = hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def f1(truth: Truth, said: Truth) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is right."""
    return float(2 * (truth & said).sum() / max(truth.sum() + said.sum(), 1))


def caught_at(positives: Scores, negatives: Scores, share: float) -> float:
    """Share of positives above the score that only `share` of the negatives exceed."""
    if not len(positives) or not len(negatives):
        return float("nan")
    return float((positives > np.quantile(negatives, 1 - share, method="higher")).mean())
