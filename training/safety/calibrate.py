"""From logits to probabilities and to severities: where to cut, so that little harmless is blocked."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.safety.answers import ANSWER
from training.safety.metrics import f1
from training.safety.rows import HARMS, Row, matrix
from training.safety.soup import logistic
from zaffre.safety.classifier import Side
from zaffre.safety.local.logits import Reader
from zaffre.safety.local.weights import Weights
from zaffre.safety.local.windows import windows

Floats = NDArray[np.float32]

ONLY_LOOKING: Final = ("grammar_scary", "grammar_identity")
"""Kinds of harmless lines that look harmful, of each of which one category may block LOOKING_BLOCKED."""
LOOKING_BLOCKED: Final = 0.04
HARMLESS: Final = (
    *ONLY_LOOKING,
    "grammar_ordinary",
    "grammar_daily",
    "grammar_violence_benign",
    "grammar_self_harm_benign",
    "grammar_sexual_benign",
)
"""Kinds of which, all together, one category may block HARMLESS_BLOCKED."""
HARMLESS_BLOCKED: Final = 0.015
CHAT_BLOCKED: Final = 0.003
ANSWERS_BLOCKED: Final = 0.01
CHAT_ATTACKS: Final = 0.015
ORDINARY_ATTACKS: Final = 0.01
_LOWER: Final = 1.3
_HIGHER: Final = 1.6
"""From medium's cut to low's and high's, in logits."""


def plain(weights: Weights) -> Weights:
    """The same weights with logits as they are."""
    ones = np.array([[1, 0]] * len(HARMS), dtype=np.float32)
    return msgspec.structs.replace(weights, calibration=ones, attack=np.array([1, 0, 0], dtype=np.float32))


def raw(weights: Weights, texts: Sequence[str]) -> Floats:
    """Logits of a text, the highest of its windows and views: the harms', the attack's in a prompt, the token soup's,
    the attack's in a document."""
    uncalibrated = plain(weights)
    soups = msgspec.structs.replace(uncalibrated, attack=np.array([0, 1, 0], dtype=np.float32))
    rows = []
    for text in texts:
        reader = Reader(uncalibrated)
        seen = [reader.read(window) for window in windows(text)]
        harms = np.max([part.harms.max(axis=0) for part in seen], axis=0)
        rows.append(
            [*harms, max(part.attack for part in seen), attack(soups, text), attack(uncalibrated, text, "document")]
        )
    return np.array(rows, dtype=np.float32).reshape(-1, len(HARMS) + 3)


def attack(weights: Weights, text: str, side: Side = "prompt") -> float:
    """The highest logit of an attack in a text's windows."""
    reader = Reader(weights, side)
    return max(reader.read(window).attack for window in windows(text))


def calibrated(weights: Weights, rows: Sequence[Row], chats: Sequence[Row]) -> Weights:
    """The weights with calibration and cuts for these rows, none of which was trained on."""
    points = raw(weights, [row.text for row in (*rows, *chats)])
    labels = matrix([*rows, *chats])
    sources = np.array([row.source for row in (*rows, *chats)])
    chat = np.arange(len(labels)) >= len(rows)
    calibration, cuts = [], []
    for number in range(len(HARMS)):
        known = labels[:, number] >= 0
        factor, offset = platt(points[known, number : number + 1], labels[known, number])
        probability = 1 / (1 + np.exp(-(points[:, number] * factor + offset)))
        calibration.append([factor, offset])
        cuts.append(severity_cuts(probability, labels[:, number], known, sources, chat))
    known = labels[:, 4] >= 0
    factors = platt(points[known, 4:6], labels[known, 4])
    probability = 1 / (1 + np.exp(-(points[:, 4:6] @ factors[:2] + factors[2])))
    in_document = 1 / (1 + np.exp(-(points[:, [6, 5]] @ factors[:2] + factors[2])))
    ordinary = (labels[:, 4] == 0) & ~chat
    at_least = max(above(probability[chat], CHAT_ATTACKS), above(probability[ordinary], ORDINARY_ATTACKS / 2), 0.5)
    documents = max(above(in_document[ordinary], ORDINARY_ATTACKS), 0.5)
    return msgspec.structs.replace(
        weights,
        calibration=np.array(calibration, dtype=np.float32),
        attack=factors,
        cuts=np.array(cuts, dtype=np.float32),
        attack_cuts=np.array([at_least, documents], dtype=np.float32),
    )


def platt(points: Floats, labels: NDArray[np.int8]) -> Floats:
    """Logistic regression, positives and negatives counted as they come."""
    fitted = logistic(points, labels.astype(np.float64), penalty=1e-4)
    share = float(np.clip(labels.mean(), 1e-3, 1 - 1e-3)) if len(labels) else 0.5
    # Both classes weigh the same in the fit; the prior goes into the offset.
    fitted[-1] += np.log(share / (1 - share))
    return fitted


def severity_cuts(
    probability: Floats,
    labels: NDArray[np.int8],
    known: NDArray[np.bool_],
    sources: NDArray[np.str_],
    chat: NDArray[np.bool_],
    least: float = 0.02,
) -> list[float]:
    floor = max(
        *(above(probability[sources == kind], LOOKING_BLOCKED) for kind in ONLY_LOOKING),
        above(probability[np.isin(sources, HARMLESS)], HARMLESS_BLOCKED),
        above(probability[chat], CHAT_BLOCKED),
        above(probability[sources == ANSWER], ANSWERS_BLOCKED),
        least,
    )
    truth = labels[known] == 1
    tried = np.append(np.quantile(probability[known], np.linspace(0.3, 0.999, 250)), 0.5)
    tried = tried[tried >= floor] if (tried >= floor).any() else np.array([floor])
    medium = float(max(tried, key=lambda cut: f1(truth, probability[known] >= cut)))
    logit = np.log(medium / (1 - medium)) if medium < 1 else 12.0
    return [float(1 / (1 + np.exp(-(logit + by)))) for by in (-_LOWER, 0, _HIGHER)]


def above(probability: Floats, share: float) -> float:
    """A cut that about this share reaches: between the two nearest, as one odd text is not to decide."""
    return float(np.nextafter(np.quantile(probability, 1 - share), 2)) if len(probability) else 0.0
