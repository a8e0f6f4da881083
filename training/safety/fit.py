"""Logistic regression on hashed n-grams: one output at a time, rows of unknown label left out."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from training.safety.rows import OUTPUTS, UNKNOWN, Labels
from zaffre.safety.local.folding import folded
from zaffre.safety.local.grams import BUCKETS, grams, weighed

Floats = NDArray[np.float32]

PENALTY: Final = 1e-6
ITERATIONS: Final = 120


def features(texts: Sequence[str], longest: int) -> sparse.csr_matrix:
    """A row for each text: words in the first BUCKETS columns, characters in the next."""
    columns, values, ends = [], [], [0]
    for text in texts:
        found, amounts = weighed(grams(folded(text[:longest])).buckets)
        columns.append(found.astype(np.int32))
        values.append(amounts)
        ends.append(ends[-1] + len(found))
    shape = (len(texts), 2 * BUCKETS)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=shape)


def fit(
    rows: sparse.csr_matrix, labels: Labels, weights: Floats, said: Callable[[str], None], iterations: int = ITERATIONS
) -> tuple[Floats, Floats]:
    """Coefficients (columns x outputs) and intercepts."""
    coefficients, intercepts = [], []
    for number, output in enumerate(OUTPUTS):
        known = labels[:, number] != UNKNOWN
        truth = labels[known, number].astype(np.float32)
        weight = weights[known] * np.where(truth == 1, _lift(truth), 1).astype(np.float32)
        coefficient, intercept = _logistic(rows[known], truth, weight / weight.sum(), iterations)
        coefficients.append(coefficient)
        intercepts.append(intercept)
        said(f"{output}: {int(truth.sum())} of {len(truth)} rows positive")
    return np.stack(coefficients, axis=1), np.array(intercepts, dtype=np.float32)


def _lift(truth: Floats) -> float:
    # Rare positives count for more, but not so much that the few of them are learnt by heart.
    return float(np.sqrt((len(truth) - truth.sum()) / max(truth.sum(), 1)))


def _logistic(rows: sparse.csr_matrix, truth: Floats, weight: Floats, iterations: int) -> tuple[Floats, float]:
    across = rows.T.tocsr()

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficient, intercept = point[:-1].astype(np.float32), point[-1]
        logit = rows @ coefficient + np.float32(intercept)
        residual = (1 / (1 + np.exp(-logit)) - truth) * weight
        value = float(
            (weight * (np.logaddexp(0, logit) - truth * logit)).sum() + PENALTY / 2 * (coefficient @ coefficient)
        )
        slope = across @ residual + PENALTY * coefficient
        return value, np.append(slope, residual.sum()).astype(np.float64)

    start = np.zeros(rows.shape[1] + 1)
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 8})
    return found.x[:-1].astype(np.float32), float(found.x[-1])
