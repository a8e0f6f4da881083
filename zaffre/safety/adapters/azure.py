"""Azure AI Content Safety: `text:analyze`, `text:shieldPrompt` and `text:detectProtectedMaterial`.

https://learn.microsoft.com/rest/api/contentsafety/text-operations
"""

from typing import Annotated, Final
from urllib.parse import urlencode

from msgspec import Meta, Struct

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.adapter import Adapter
from zaffre.safety.adapters.parts import in_parts, together
from zaffre.safety.adapters.remote import Remote
from zaffre.safety.classifier import ATTACKS, CATEGORIES, Findings, Side, highest

API_VERSION: Final = "2024-09-01"
SHORTEST_PROTECTED: Final = 110
"""Characters below which nothing is known to be somebody's."""
_MATERIAL: Final = "protected_material_text"
LONGEST: Final = 10_000
"""Characters of one request."""
NAMES: Final = {"Hate": "hate", "Sexual": "sexual", "Violence": "violence", "SelfHarm": "self_harm"}
"""Azure's word for each category, and ours."""

Severity = Annotated[int, Meta(ge=0, le=7)]
Score = Annotated[float, Meta(ge=0, le=1)]


class Analysis(Struct):
    """One category's."""

    category: str
    severity: Severity
    score: Score | None = None
    """Said by servers such as this one, never by Azure."""


class Analyzed(Struct, rename="camel"):
    categories_analysis: list[Analysis]


class Attack(Struct, rename="camel"):
    attack_detected: bool
    score: Score | None = None


class Shielded(Struct, rename="camel"):
    user_prompt_analysis: Attack | None = None
    documents_analysis: list[Attack | None] = []


class Detected(Struct):
    detected: bool


class Checked(Struct, rename="camel"):
    protected_material_analysis: Detected


class AzureContentSafety:
    """The service as a protocol for `Adapter`."""

    categories: Final = frozenset((*CATEGORIES, *ATTACKS, _MATERIAL))

    def __init__(self, remote: Remote, api_version: str = API_VERSION, longest: int = LONGEST) -> None:
        self._remote = remote
        self._query = "?" + urlencode({"api-version": api_version})
        self.longest = longest

    async def ask(self, text: str, side: Side) -> Findings:
        asked = [self._harms(text)]
        if side != "completion":
            asked.append(self._attack(text, side))
        elif len(text) >= SHORTEST_PROTECTED:
            asked.append(self._protected(text))
        return highest(await together(asked))

    async def _harms(self, text: str) -> Findings:
        body = {"text": text, "categories": list(NAMES), "outputType": "EightSeverityLevels"}
        said = await self._remote.post(f"/contentsafety/text:analyze{self._query}", body, Analyzed)
        analyses = {NAMES[each.category]: each for each in said.categories_analysis if each.category in NAMES}
        if len(analyses) != len(NAMES):
            raise ClassifierFailed("unreadable")
        return Findings(
            {name: each.severity for name, each in analyses.items()},
            {name: each.score for name, each in analyses.items() if each.score is not None},
        )

    async def _attack(self, text: str, side: Side) -> Findings:
        is_document = side == "document"
        body = {"documents": [text]} if is_document else {"userPrompt": text}
        said = await self._remote.post(f"/contentsafety/text:shieldPrompt{self._query}", body, Shielded)
        analyses = said.documents_analysis if is_document else [said.user_prompt_analysis]
        found = analyses[0] if analyses else None
        if found is None:
            raise ClassifierFailed("unreadable")
        name = "indirect_attack" if is_document else "jailbreak"
        scores = {} if found.score is None else {name: found.score}
        return Findings(scores=scores, detected={name: found.attack_detected})

    async def _protected(self, text: str) -> Findings:
        return Findings(detected={_MATERIAL: await self.is_protected(text)})

    async def is_protected(self, text: str) -> bool:
        """Whether a text that is not too long is known to be somebody's. Raises ClassifierFailed."""
        target = f"/contentsafety/text:detectProtectedMaterial{self._query}"
        said = await self._remote.post(target, {"text": text}, Checked)
        return said.protected_material_analysis.detected


class ProtectedMaterial:
    """Finds lyrics, articles and recipes that are somebody's."""

    def __init__(self, adapter: Adapter, service: AzureContentSafety) -> None:
        """
        Args:
            adapter: the service's own, which knows whether it can be asked.
        """
        self._adapter = adapter
        self._service = service

    async def protected(self, text: str) -> bool:
        """Whether any of the text is. Raises ClassifierFailed."""
        parts = in_parts(text.encode("utf-8", "replace").decode(), self._service.longest)
        asking = together(self._service.is_protected(part) for part in parts)
        return any(await self._adapter.within(asking, short=len(parts) == 1))
