"""POST /contentsafety/text:analyze: severities by category, and the items of blocklists that stand in a text."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from zaffre.api.contentsafety.entrance import LONGEST, answered, body_of, count, enter, judging
from zaffre.api.door import Door
from zaffre.api.place import Place
from zaffre.net.http import Request, Response
from zaffre.safety.classifier import CATEGORIES, Findings
from zaffre.services.blocklists.matching import Hit

Category = Literal["Hate", "SelfHarm", "Sexual", "Violence"]
NAMES: Final[dict[Category, str]] = {
    "Hate": "hate",
    "SelfHarm": "self_harm",
    "Sexual": "sexual",
    "Violence": "violence",
}
"""Azure's names, in the order in which they are answered, and ours."""


class AnalyzeText(Struct, rename="camel"):
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    categories: list[Category] | None = None
    blocklist_names: list[str] | None = None
    halt_on_blocklist_hit: bool | None = None
    output_type: Literal["FourSeverityLevels", "EightSeverityLevels"] | None = None


async def analyze(door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    body = body_of(request, AnalyzeText)
    classifier = judging(door, *CATEGORIES)
    await count(principal, body.text)
    hits = await door.content_safety.matching.hits(body.blocklist_names or (), body.text)
    analysis: list[dict[str, Any]] = []
    if not (hits and body.halt_on_blocklist_hit):
        found = await classifier.classify(body.text, "prompt")
        eight = body.output_type == "EightSeverityLevels"
        analysis = [_written(each, found, eight) for each in _asked(body, found)]
    return answered(request, {"blocklistsMatch": list(map(_hit, hits)), "categoriesAnalysis": analysis})


def _asked(body: AnalyzeText, found: Findings) -> Iterable[Category]:
    """The categories to answer. What nobody looks for is left out, and not called safe."""
    return (each for each in NAMES if each in (body.categories or NAMES) and NAMES[each] in found.severities)


def _written(category: Category, found: Findings, eight: bool) -> dict[str, Any]:
    name = NAMES[category]
    severity = found.severities[name]
    written: dict[str, Any] = {"category": category, "severity": severity if eight else severity // 2 * 2}
    if name in found.scores:
        # Not Azure's. It ranks texts of one severity.
        written["score"] = found.scores[name]
    return written


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "blocklistName": hit.blocklist,
        "blocklistItemId": hit.item.id,
        "blocklistItemText": hit.item.text,
    }
