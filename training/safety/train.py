"""Rows in, weights out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.safety import soup
from training.safety.answers import ANSWER
from training.safety.calibrate import calibrated
from training.safety.data import CHAT, LONGEST, Split, Term, lexicon
from training.safety.fit import ITERATIONS, features, fit
from training.safety.rows import Row, matrix
from zaffre.safety.local.grams import grams
from zaffre.safety.local.weights import Weights

STEP: Final = 0.6
"""Of a weight, in standard deviations of its output's."""
_SEVERE: Final = 2.4
"""Severity from which on a term of the lexicon is a slur for the rules."""
_SLURS: Final = ("racial / ethnic slurs", "sexual orientation / gender", "religious offense")


def weight(row: Row) -> float:
    """How much a row counts: templates repeat themselves."""
    if row.source == "hatecheck":
        return 0.4
    if row.source == "grammar_identity":
        # Against many rows that name a group and insult it.
        return 3.5
    if row.source.startswith("rtp_"):
        # Half sentences, many of them news, chosen by what was made of them.
        return 0.3
    if row.source == "grammar_attack_benign":
        return 3.0
    if row.source == CHAT:
        # The only real ones of their kind.
        return 8.0
    if row.source == ANSWER:
        # Likewise: the only long prose, beside many harmful lines.
        return 10.0
    return 0.6 if row.source.startswith(("grammar", "authored", "piece", "swapped")) else 1.0


def train(split: Split, folder: Path, said: Callable[[str], None], iterations: int = ITERATIONS) -> Weights:
    rows = split.train
    said(f"{len(rows)} rows")
    coefficients, intercepts = fit(
        features([row.text for row in rows], LONGEST),
        matrix(rows),
        np.array([weight(row) for row in rows], dtype=np.float32),
        said,
        iterations,
    )
    words, pairs, soups = soup.learn(rows)
    linear, steps = _quantised(coefficients)
    weights = Weights(
        linear=linear,
        steps=steps,
        intercepts=intercepts,
        calibration=np.array([[1, 0]] * 4, dtype=np.float32),
        attack=np.array([1, 0, 0], dtype=np.float32),
        cuts=np.full((4, 3), 2, dtype=np.float32),
        attack_cuts=np.full(2, 2, dtype=np.float32),
        pairs=pairs,
        words=words,
        soup=soups,
        slurs=_slurs(lexicon(folder)),
    )
    return calibrated(weights, split.calibrate, split.chat_calibrate)


def save(weights: Weights, path: Path) -> None:
    np.savez_compressed(path, **msgspec.structs.asdict(weights))


def _quantised(coefficients: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    steps = np.maximum(coefficients.std(axis=0) * STEP, np.abs(coefficients).max(axis=0) / 127)
    steps = np.where(steps > 0, steps, 1).astype(np.float32)
    return np.clip(np.round(coefficients / steps), -127, 127).astype(np.int8), steps


def _slurs(terms: Sequence[Term]) -> NDArray[np.uint64]:
    severe = [
        term.term.lower() for term in terms if term.severity >= _SEVERE and not set(term.categories).isdisjoint(_SLURS)
    ]
    hashes = [grams(word).order for word in severe]
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *(each for each in hashes if len(each) == 1)]))
