"""What ordinary text puts side by side, and how much its absence tells of token soup."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from training.safety.rows import Row, drawn
from zaffre.safety.local.folding import folded
from zaffre.safety.local.grams import Hashes, grams, pairs
from zaffre.safety.local.soup import PAIR_BITS, WORD_BITS, filled, statistics

Floats = NDArray[np.float32]

_ORDINARY = ("t0_p3", "self_instruct", "joined_benign", "python_library")
_SOUP = ("synthetic_suffix", "synthetic_suffix_2")
_COMMON = 2
"""Times that a word must occur to be known."""


def learn(rows: Sequence[Row]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Floats]:
    """Bits of words, bits of pairs, coefficients. The sets are filled from one half of the ordinary texts and the
    coefficients learnt on the other, which they don't know."""
    ordinary = [row for row in rows if row.source in _ORDINARY]
    known = [order(row.text) for row in ordinary if drawn(row.text, 0.6, "soup")]
    fresh = [row.text for row in ordinary if not drawn(row.text, 0.6, "soup")]
    fresh += [row.text for row in rows if row.labels.get("jailbreak") == 0 and row.source not in _ORDINARY][::4]
    words, counts = np.unique(np.concatenate(known), return_counts=True)
    word_bits = filled(words[counts >= _COMMON], WORD_BITS)
    pair_bits = filled(np.concatenate([pairs(each) for each in known]), PAIR_BITS)
    soup = [row.text for row in rows if row.source in _SOUP]
    points = np.stack([statistics(order(text), word_bits, pair_bits) for text in [*soup, *fresh]])
    truth = np.array([1.0] * len(soup) + [0.0] * len(fresh))
    return word_bits, pair_bits, logistic(points, truth)


def order(text: str) -> Hashes:
    return grams(folded(text[:1024])).order


def logistic(points: NDArray[np.floating], truth: NDArray[np.floating], penalty: float = 1e-3) -> Floats:
    """Coefficients and, last, an offset; both classes count the same."""
    columns = np.column_stack([points, np.ones(len(points))]).astype(np.float64)
    weight = np.where(truth == 1, 0.5 / max(truth.sum(), 1), 0.5 / max((1 - truth).sum(), 1))

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = columns @ at
        value = float(weight @ (np.logaddexp(0, logit) - truth * logit) + penalty / 2 * (at[:-1] @ at[:-1]))
        residual = (1 / (1 + np.exp(-np.clip(logit, -30, 30))) - truth) * weight
        return value, columns.T @ residual + penalty * np.append(at[:-1], 0)

    found = optimize.minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B")
    return found.x.astype(np.float32)
