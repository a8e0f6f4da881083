"""From a score to a severity."""

from typing import Final

from msgspec import Struct

from zaffre.safety.classifier import HIGH, LOW, MEDIUM, SAFE


class Cuts(Struct, frozen=True):
    """The scores, 0 to 1, from which on a severity holds."""

    low: float = 0.1
    medium: float = 0.4
    high: float = 0.8

    def severity(self, score: float) -> int:
        """0, 2, 4 or 6."""
        if score >= self.high:
            return HIGH
        if score >= self.medium:
            return MEDIUM
        return LOW if score >= self.low else SAFE


OF_SCORES: Final = Cuts()
"""Of moderation scores, where nothing is said."""
OF_VERDICTS: Final = Cuts(0.3, 0.5, 0.9)
"""Of the probability with which a chat model says that a text is unsafe."""
