"""The local filter: n-grams and token soup, calibrated, with rules on top, and an encoder where there is one.

English only."""

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np

from zaffre.safety.classifier import ATTACKS, CATEGORIES, HIGH, LOW, MEDIUM, SAFE, Findings, Side, highest
from zaffre.safety.local import rules
from zaffre.safety.local.logits import Reader, Seen
from zaffre.safety.local.second import Second
from zaffre.safety.local.weights import Floats, Weights, shipped, sigmoid
from zaffre.safety.local.windows import characters, windows

AT_ONCE: Final = 4096
"""Characters that are classified without a pause: about 3 ms."""
_PAUSE: Final = 0.002
"""Seconds that the others have between two windows of a long text."""
_SURE: Final = 0.95
"""The score of an attack that a rule finds."""
_SEVERITIES: Final = (LOW, MEDIUM, HIGH)
_ATTACK_OF: Final[dict[Side, str]] = {"prompt": "jailbreak", "document": "indirect_attack"}


class LocalClassifier:
    """A `Classifier`. Its time and memory grow with a text's length, not beyond."""

    name: Final = "local"
    categories: Final = frozenset((*CATEGORIES, *ATTACKS))

    def __init__(self, weights: Weights | None = None, second: Second | None = None) -> None:
        self._weights = shipped() if weights is None else weights
        self._second = second
        self._slurs = frozenset(self._weights.slurs.tolist())
        # One window of one long text at a time, whatever the number of texts: the pauses belong to everybody else.
        self._turn = asyncio.Lock()

    def findings(self, text: str, side: Side) -> Findings:
        """What is found, at once."""
        reader = Reader(self._weights, side)
        found = []
        for window in windows(text):
            seen = reader.read(window)
            asked = self._second is not None and self._second.wanted(seen, side)
            found.append(self._judged(seen, side, self._second.mixed(seen) if self._second and asked else None))
        return highest(found)

    async def classify(self, text: str, side: Side) -> Findings:
        long = len(text) > AT_ONCE or characters(text) > AT_ONCE
        if not long and self._second is None:
            return self.findings(text, side)
        reader, found = Reader(self._weights, side), Findings()
        for window in windows(text):
            async with self._turn:
                if long:
                    await asyncio.sleep(_PAUSE)
                seen = reader.read(window)
            mixed = None
            if self._second is not None and self._second.wanted(seen, side):
                # It computes outside the interpreter's lock.
                mixed = await asyncio.to_thread(self._second.mixed, seen)
            found = highest((found, self._judged(seen, side, mixed)))
        return found

    def _judged(self, seen: Seen, side: Side, mixed: Floats | None) -> Findings:
        """`mixed`: logits of four harms and attack that stand for those of the n-grams alone."""
        cut_by: Weights | Second = self._weights
        logits = [*seen.harms.max(axis=0), seen.attack]
        if mixed is not None and self._second is not None:
            cut_by, logits = self._second, list(mixed)
        scores: dict[str, float] = {}
        severities: dict[str, int] = {}
        for category, logit, cuts in zip(CATEGORIES, logits, cut_by.cuts.tolist(), strict=False):
            scores[category] = sigmoid(float(logit))
            severities[category] = _severity(scores[category], cuts)
        for view, words in zip(seen.views, seen.words, strict=True):
            for raised, least in rules.harms(view, not self._slurs.isdisjoint(words.tolist())).items():
                severities[raised] = max(severities[raised], least)
        attack = _ATTACK_OF.get(side)
        if attack is None:
            return Findings(severities, scores)
        score = sigmoid(float(logits[-1]))
        if self._smuggled(seen) or any(rules.attack(view, document=side == "document") for view in seen.views):
            return Findings(severities, scores | {attack: max(score, _SURE)}, {attack: True})
        cut = float(cut_by.attack_cuts[1 if side == "document" else 0])
        return Findings(severities, scores | {attack: score}, {attack: score >= cut})

    def _smuggled(self, seen: Seen) -> bool:
        """What is harmful once it is decoded was encoded to get past a filter."""
        hidden: Sequence[Floats] = list(seen.harms[len(seen.views) - seen.decoded :])
        medium = self._weights.cuts[:, 1]
        despair = any(rules.harms(view, has_slur=False) for view in seen.views[len(seen.views) - seen.decoded :])
        return despair or any(bool((1 / (1 + np.exp(-row)) >= medium).any()) for row in hidden)


def _severity(score: float, cuts: Sequence[float]) -> int:
    return max((level for level, cut in zip(_SEVERITIES, cuts, strict=True) if score >= cut), default=SAFE)
