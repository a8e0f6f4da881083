"""One window of a text as logits: the harms of its worst view, and what is known of attacks so far."""

from collections import deque
from typing import Final

import numpy as np
from msgspec import Struct

from zaffre.safety.classifier import Side
from zaffre.safety.local.decoding import decoded
from zaffre.safety.local.folding import folded, respelled
from zaffre.safety.local.grams import LONGEST, Grams, Hashes, grams
from zaffre.safety.local.linear import logits, logits_of_parts
from zaffre.safety.local.parts import parts
from zaffre.safety.local.soup import statistics
from zaffre.safety.local.weights import Floats, Weights

ATTACK: Final = 4
"""The output that is an attack's logit; those before it are the harms'."""
SPAN: Final = 4
"""Windows that an attack may stretch over."""


class Seen(Struct, frozen=True):
    """`views`: the plain text first, then what it says once respelled, and the last `decoded` of them decoded. `words`:
    the hashes of each view's words. `harms`: calibrated logits, four for
    each view. `attack`: a calibrated logit; 0 where attacks are not looked for."""

    views: list[str]
    words: list[Hashes]
    decoded: int
    harms: Floats
    attack: float


class Reader:
    """Reads the windows of one text in their order."""

    def __init__(self, weights: Weights, side: Side = "prompt") -> None:
        """
        Args:
            side: attacks are looked for in prompts, as wholes of up to SPAN windows, and in documents, part by part: an
                order that is hidden in a document is short.
        """
        self._weights = weights
        self._side = side
        self._last: deque[Grams] = deque(maxlen=SPAN if side == "prompt" else 1)

    def read(self, window: str) -> Seen:
        weights = self._weights
        plain = folded(window)[:LONGEST]
        inner = [folded(text)[:LONGEST] for text in decoded(window)]
        other = respelled(plain)
        views = [plain, *([other] if other != plain else []), *inner]
        found = [grams(view) for view in views]
        raw = [logits(weights, each.buckets) for each in found]
        peaks = [self._peak(view, each, whole) for view, each, whole in zip(views, found, raw, strict=True)]
        # Halfway from the whole to its worst part: long texts have many parts, and one of them is always odd.
        middles = [(whole + peak) / 2 for whole, peak in zip(raw, peaks, strict=True)]
        factor, offset = weights.calibration[:, 0], weights.calibration[:, 1]
        return Seen(
            views=views,
            words=[each.order for each in found],
            decoded=len(inner),
            harms=np.array([each[:ATTACK] * factor + offset for each in middles], dtype=np.float32),
            attack=self._attack(found[0], peaks if self._side == "document" else raw),
        )

    def _peak(self, view: str, of: Grams, whole: Floats) -> Floats:
        """The highest logits among those of a text as a whole and of its parts."""
        starts = parts(view)
        if len(starts) < 2:
            return whole
        highest: Floats = np.maximum(whole, logits_of_parts(self._weights, of, starts).max(axis=0))
        return highest

    def _attack(self, plain: Grams, raw: list[Floats]) -> float:
        if self._side == "completion":
            return 0.0
        weights = self._weights
        self._last.append(plain)
        attacks = [float(each[ATTACK]) for each in raw]
        if len(self._last) > 1:
            joined = np.concatenate([each.buckets for each in self._last])
            attacks.append(float(logits(weights, joined)[ATTACK]))
        soup = soup_logit(weights, plain)
        return float(weights.attack[0] * max(attacks) + weights.attack[1] * soup + weights.attack[2])


def soup_logit(weights: Weights, of: Grams) -> float:
    """How much a text looks like token soup."""
    return float(statistics(of.order, weights.words, weights.pairs) @ weights.soup[:-1] + weights.soup[-1])
