"""The port of everything that judges a text: what is asked of a classifier, and what it finds.

A classifier reports; it decides nothing. What is blocked is a policy's business. Severities are Azure's eight levels,
0 to 7, which collapse to four words by rounding down to even: 0 safe, 2 low, 4 medium, 6 high.
"""

from collections.abc import Iterable
from typing import Final, Literal, Protocol, runtime_checkable

from msgspec import Struct

Category = Literal["hate", "sexual", "violence", "self_harm"]
Attack = Literal["jailbreak", "indirect_attack"]
Side = Literal["prompt", "completion", "document"]
"""Where a text stands: what a user wrote, what a model answered, or what was read on the way (a tagged document, the
result of a tool)."""

CATEGORIES: Final[tuple[Category, ...]] = ("hate", "sexual", "violence", "self_harm")
ATTACKS: Final[tuple[Attack, ...]] = ("jailbreak", "indirect_attack")
MATERIAL: Final = ("protected_material_text", "protected_material_code")
"""Texts and code that are somebody's."""
DETECTIONS: Final = (*ATTACKS, *MATERIAL)
"""What is there or not, without a severity."""
_SIDES: Final[dict[str, Side]] = {
    "jailbreak": "prompt",
    "indirect_attack": "document",
    **dict.fromkeys(MATERIAL, "completion"),
}

SAFE: Final = 0
LOW: Final = 2
MEDIUM: Final = 4
HIGH: Final = 6
MINORS: Final = 7
"""The highest severity: sexual content with minors, which no policy can switch off."""


class Text(Struct, frozen=True):
    """A text to judge, and where it stands."""

    text: str
    side: Side


class Findings(Struct, frozen=True):
    """What one classifier found in one text."""

    severities: dict[str, int] = {}
    """Category -> 0 to 7. A category the classifier has no detector for is absent."""
    scores: dict[str, float] = {}
    """Category or attack -> a probability, 0 to 1, for ranking. A severity may stand higher than its score says."""
    detected: dict[str, bool] = {}
    """Of `DETECTIONS`, what was found. `jailbreak` is looked for in prompts, `indirect_attack` in documents, protected
    material in completions; absent elsewhere."""
    degraded: tuple[str, ...] = ()
    """Names of the classifiers that should have spoken and could not, so that others stood in for them."""


@runtime_checkable
class Classifier(Protocol):
    """Anything that judges texts. Raises nothing of its own for what a text says, whatever its length."""

    @property
    def name(self) -> str:
        """What logs call it."""
        ...

    @property
    def categories(self) -> frozenset[str]:
        """What it has detectors for: categories and detections."""
        ...

    async def classify(self, text: str, side: Side) -> Findings: ...


def looked_for(name: str, side: Side) -> bool:
    """Whether a category or a detection is looked for on that side."""
    return _SIDES.get(name, side) == side


def word(severity: int) -> Literal["safe", "low", "medium", "high"]:
    """The word for one of eight levels."""
    return ("safe", "low", "medium", "high")[min(max(severity, SAFE), 7) // 2]


def highest(findings: Iterable[Findings]) -> Findings:
    """What is found by any of several: in parts of one text, or by several classifiers."""
    findings = list(findings)
    if len(findings) == 1:
        return findings[0]
    severities: dict[str, int] = {}
    scores: dict[str, float] = {}
    detections: dict[str, bool] = {}
    degraded: dict[str, None] = {}
    for found in findings:
        degraded |= dict.fromkeys(found.degraded)
        for category, severity in found.severities.items():
            severities[category] = max(severity, severities.get(category, SAFE))
        for name, score in found.scores.items():
            scores[name] = max(score, scores.get(name, 0.0))
        for name, detected in found.detected.items():
            detections[name] = detected or detections.get(name, False)
    return Findings(severities, scores, detections, tuple(degraded))
