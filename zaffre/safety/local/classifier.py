"""The filter that is always there: n-grams and token soup, calibrated, with rules on top. English only."""

import asyncio
from collections.abc import Iterator
from typing import Final

from zaffre.safety.classifier import ATTACKS, CATEGORIES, HIGH, LOW, MEDIUM, SAFE, Findings, Side, highest
from zaffre.safety.local import rules
from zaffre.safety.local.logits import SPAN, Reader, Seen
from zaffre.safety.local.weights import Weights, shipped, sigmoid
from zaffre.safety.local.windows import windows

AT_ONCE: Final = 4096
"""Characters that are classified without a pause: about 3 ms."""
_PAUSE: Final = 0.001
"""Seconds that the others have between two windows of a long text."""
_SURE: Final = 0.95
"""The score of an attack that a rule finds."""
_SEVERITIES: Final = (LOW, MEDIUM, HIGH)
_ATTACK_OF: Final[dict[Side, str]] = {"prompt": "jailbreak", "document": "indirect_attack"}


class LocalClassifier:
    """A `Classifier`. Its time and memory grow with a text's length, not beyond."""

    name: Final = "local"
    categories: Final = frozenset((*CATEGORIES, *ATTACKS))

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = shipped() if weights is None else weights
        self._slurs = frozenset(self._weights.slurs.tolist())
        # One window of one long text at a time, whatever the number of texts: the pauses belong to everybody else.
        self._turn = asyncio.Lock()

    def findings(self, text: str, side: Side) -> Findings:
        """What is found, at once."""
        return highest(self._parts(text, side))

    async def classify(self, text: str, side: Side) -> Findings:
        if len(text) <= AT_ONCE:
            return self.findings(text, side)
        parts = self._parts(text, side)
        found = next(parts)
        while True:
            async with self._turn:
                await asyncio.sleep(_PAUSE)
                part = next(parts, None)
            if part is None:
                return found
            found = highest((found, part))

    def _parts(self, text: str, side: Side) -> Iterator[Findings]:
        # An order hidden in a document is short, and would drown in a longer stretch of it.
        reader = Reader(self._weights, span=1 if side == "document" else SPAN)
        for window in windows(text):
            yield self._judged(reader.read(window), side)

    def _judged(self, seen: Seen, side: Side) -> Findings:
        severities: dict[str, int] = {}
        scores: dict[str, float] = {}
        for number, category in enumerate(CATEGORIES):
            scores[category] = score = sigmoid(float(seen.harms[:, number].max()))
            cuts = self._weights.cuts[number]
            severities[category] = max((s for s, cut in zip(_SEVERITIES, cuts, strict=True) if score >= cut), default=SAFE)
        for view, words in zip(seen.views, seen.words, strict=True):
            for category, least in rules.harms(view, not self._slurs.isdisjoint(words.tolist())).items():
                severities[category] = max(severities[category], least)
        attack = _ATTACK_OF.get(side)
        if attack is None:
            return Findings(severities, scores)
        scores[attack], detected = self._attacked(seen, side)
        return Findings(severities, scores, {attack: detected})

    def _attacked(self, seen: Seen, side: Side) -> tuple[float, bool]:
        score = sigmoid(seen.attack)
        document = side == "document"
        hidden = seen.harms[len(seen.views) - seen.decoded :]
        # What is harmful once it is decoded was encoded to get past a filter.
        smuggled = any(sigmoid(float(harm)) >= cut for row in hidden for harm, cut in zip(row, self._weights.cuts[:, 1], strict=True))
        if smuggled or any(rules.attack(view, document=document) for view in seen.views):
            return max(score, _SURE), True
        return score, score >= float(self._weights.attack_cuts[1 if document else 0])
