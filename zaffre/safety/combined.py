"""Several classifiers as one. Each category and each detection has its own way to make one finding of many.

Where a classifier fails, the others stand in for it, the local one last, and the findings say so (`degraded`). One that
is not to be done without makes everybody fail instead.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.classifier import CATEGORIES, DETECTIONS, MATERIAL, MINORS, Classifier, Findings, Side, looked_for

logger = logging.getLogger(__name__)

Way = Literal["max", "first", "mean"]
"""`max`: the highest finding. `first`: the finding of the first classifier that looks for it. `mean`: of logits."""

_LEVELS: Final = 8
_SURE: Final = 0.0001
"""Scores are kept that far from 0 and 1, whose logits are infinite."""


class Member(Struct, frozen=True):
    """One of the classifiers."""

    classifier: Classifier
    closed: bool = False
    """Its failure is everybody's: nothing stands in for it."""


Record = Callable[[str, str], None]
"""Told of every failure: the classifier's name and the reason."""


def _unrecorded(name: str, reason: str) -> None:
    pass


class Combined:
    """The port `safety.classifier.Classifier`, over several."""

    def __init__(
        self,
        members: Sequence[Member],
        *,
        fallback: Classifier | None = None,
        ways: Mapping[str, Way] | None = None,
        record: Record = _unrecorded,
        name: str = "combined",
    ) -> None:
        """
        Args:
            members: in the order that `first` goes by.
            fallback: asked where a member fails and nobody else looks for what it looks for. It may be a member, too.
            ways: category or attack -> how its findings become one; `max` where nothing is said.
        """
        self._members = {member.classifier.name: member for member in members}
        self._order = [member.classifier for member in members]
        if fallback is not None and fallback.name not in self._members:
            self._order.append(fallback)
        self._ways = ways or {}
        self._record = record
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @property
    def categories(self) -> frozenset[str]:
        return frozenset().union(*(each.categories for each in self._order))

    async def classify(self, text: str, side: Side) -> Findings:
        """Raises ClassifierFailed: one failed that is not to be done without, or all that look for something did."""
        sought = [name for name in (*CATEGORIES, *DETECTIONS) if name in self.categories and looked_for(name, side)]
        found: dict[str, Findings] = {}
        failed: dict[str, ClassifierFailed] = {}
        while asked := self._to_ask(sought, found, failed):
            # Whoever fails is looked at after all have answered: a round is over when its slowest is.
            results = await asyncio.gather(*(_tried(each, text, side) for each in asked))
            for classifier, result in zip(asked, results, strict=True):
                if isinstance(result, Findings):
                    found[classifier.name] = result
                else:
                    failed[classifier.name] = result
                    self._note(classifier.name, result)
        return self._combined(sought, found, failed)

    def _to_ask(self, sought: Iterable[str], found: Collection[str], failed: Collection[str]) -> list[Classifier]:
        """Who has to be asked next."""
        wanted = {each for name in sought for each in self._sources(name, failed)}
        return [each for each in self._order if each.name in wanted and each.name not in found]

    def _sources(self, name: str, failed: Collection[str]) -> list[str]:
        """Whose findings count for a category or attack, in order: the members', or those of who stands in for them."""
        able = [each.name for each in self._order if name in each.categories and each.name not in failed]
        members = [each for each in able if each in self._members]
        if not members:
            return able[:1]
        return members[:1] if self._way(name) == "first" else members

    def _way(self, name: str) -> Way:
        return self._ways.get(name, "max")

    def _note(self, name: str, failure: ClassifierFailed) -> None:
        self._record(name, failure.reason)
        if failure.reason != "resting":
            logger.warning("classifier %s: no verdict (%s)", name, failure.reason)
        if name in self._members and self._members[name].closed:
            raise failure

    def _combined(
        self, sought: Iterable[str], found: Mapping[str, Findings], failed: Mapping[str, ClassifierFailed]
    ) -> Findings:
        severities, scores, detections = {}, {}, {}
        for name in sought:
            heard = [found[each] for each in self._sources(name, failed)]
            if not heard and name in MATERIAL:
                # Nobody stands in for who knows it; all else is judged without.
                continue
            if not heard:
                raise next(iter(failed.values()))
            mean = self._way(name) == "mean"
            score = _score([each.scores[name] for each in heard if name in each.scores], mean)
            if score is not None:
                scores[name] = score
            levels = [each.severities[name] for each in heard if name in each.severities]
            if levels:
                severities[name] = _severity(levels, mean)
            detected = [each.detected[name] for each in heard if name in each.detected]
            if detected:
                detections[name] = 2 * sum(detected) >= len(detected) if mean else any(detected)
        return Findings(severities, scores, detections, tuple(failed))


async def _tried(classifier: Classifier, text: str, side: Side) -> Findings | ClassifierFailed:
    try:
        return await classifier.classify(text, side)
    except ClassifierFailed as failure:
        return failure


def _score(scores: Sequence[float], mean: bool) -> float | None:
    if not scores:
        return None
    return _mean(scores) if mean else max(scores)


def _severity(levels: Sequence[int], mean: bool) -> int:
    """The mean takes each level for the middle of its eighth: classifiers' own scores have no common scale."""
    if not mean or MINORS in levels:
        # What is the highest for one of them is no matter of opinion.
        return max(levels)
    return min(int(_mean([(level + 0.5) / _LEVELS for level in levels]) * _LEVELS), _LEVELS - 1)


def _mean(scores: Sequence[float]) -> float:
    """The score whose logit is the mean of theirs."""
    if len(scores) == 1:
        return scores[0]
    within = [min(max(score, _SURE), 1 - _SURE) for score in scores]
    logit = sum(math.log(score / (1 - score)) for score in within) / len(within)
    return 1 / (1 + math.exp(-logit))
