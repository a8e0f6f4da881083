"""Personal data in an answer: what is said of it, and the answer without it."""

from collections.abc import Mapping
from typing import Any, Final

from zaffre.config.filters import Handling, PersonalData
from zaffre.safety.personal import NAMES, Span, found, masked

PERSONAL: Final = "personally_identifiable_information"


def personal_results(text: str, handled: Mapping[PersonalData, Handling]) -> tuple[dict[str, Any], str | None]:
    """The results for every kind that is looked for, and the text with what is to be masked; None: it is as it was."""
    hidden: list[Span] = []
    kinds: list[dict[str, Any]] = []
    for kind, handling in handled.items():
        spans = found(kind, text)
        redacts = handling == "redact"
        hidden += spans if redacts else []
        kinds.append(
            {
                "sub_category": NAMES[kind],
                "detected": bool(spans),
                "filtered": bool(spans) and handling == "block",
                "redacted": bool(spans) and redacts,
            }
        )
    return {"sub_categories": kinds}, masked(text, hidden) if hidden else None
