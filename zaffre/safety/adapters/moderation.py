"""OpenAI's moderation endpoint, and servers that speak like it.

https://platform.openai.com/docs/api-reference/moderations
"""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.cuts import OF_SCORES, Cuts
from zaffre.safety.adapters.remote import Remote
from zaffre.safety.classifier import CATEGORIES, MEDIUM, MINORS, SAFE, Findings, Side

LONGEST: Final = 20_000
"""Characters of one request. The service takes more; long texts hide what is short."""
MODEL: Final = "omni-moderation-latest"
MEANINGS: Final = {
    # Azure's hate covers bullying.
    "hate": "hate",
    "hate/threatening": "hate",
    "harassment": "hate",
    "harassment/threatening": "hate",
    "sexual": "sexual",
    "sexual/minors": "sexual",
    "violence": "violence",
    "violence/graphic": "violence",
    "illicit/violent": "violence",
    "self-harm": "self_harm",
    "self-harm/intent": "self_harm",
    "self-harm/instructions": "self_harm",
}
"""OpenAI's categories, and ours. `illicit` alone is none of them."""

Score = Annotated[float, Meta(ge=0, le=1)]


class Result(Struct):
    categories: dict[str, bool | None]
    category_scores: dict[str, Score | None] = {}


class Moderation(Struct):
    results: Annotated[list[Result], Meta(min_length=1)]


class OpenAIModeration:
    """The service as a protocol for `Adapter`. It knows no attacks."""

    categories: Final = frozenset(CATEGORIES)

    def __init__(
        self, remote: Remote, model: str = MODEL, cuts: Mapping[str, Cuts] | None = None, longest: int = LONGEST
    ) -> None:
        """
        Args:
            cuts: category -> where its severities begin.
        """
        self._remote = remote
        self._model = model
        self._cuts = cuts or {}
        self.longest = longest

    async def ask(self, text: str, side: Side) -> Findings:
        said = await self._remote.post("/moderations", {"model": self._model, "input": text}, Moderation)
        return self._found(said.results[0])

    def _found(self, result: Result) -> Findings:
        known = result.categories.keys() & MEANINGS.keys()
        if not known:
            raise ClassifierFailed("unreadable")
        severities: dict[str, int] = dict.fromkeys(CATEGORIES, SAFE)
        scores: dict[str, float] = {}
        for named in known:
            category = MEANINGS[named]
            score = result.category_scores.get(named)
            severity = SAFE
            if score is not None:
                severity = self._cuts.get(category, OF_SCORES).severity(score)
                scores[category] = max(score, scores.get(category, 0.0))
            if result.categories[named]:
                severity = max(severity, MINORS if named == "sexual/minors" else MEDIUM)
            severities[category] = max(severity, severities[category])
        return Findings(severities, scores)
