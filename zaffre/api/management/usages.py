"""GET .../usages: the capacity that deployments have, and what calls took.

There is no quota here; policies say how much a deployment may have. With `by`, some
of `deployment`, `key` and `day`, the route tells the ledger's figures, from `since` to `until` where they are given.
"""

from collections import Counter
from datetime import date
from typing import Any, Final

from zaffre import catalog
from zaffre.api.door import Door, Management
from zaffre.api.management.entrance import answered, enter
from zaffre.api.management.shape import format_of
from zaffre.api.place import Place
from zaffre.core.errors import BadRequest
from zaffre.core.usage import GROUPS, UsageTotal
from zaffre.net.http import Request, Response

_ENDLESS: Final = 2**31 - 1
"""What stands for no limit: tools take the use from it."""
_FIGURES: Final = (
    "calls",
    "failed",
    "cancelled",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "estimated_calls",
)


async def listed(door: Door, request: Request, place: Place) -> Response:
    management, _ = await enter(door, request, place)
    by = request.parameter("by")
    if by is None:
        return answered(request, {"value": _capacities(management)})
    groups = [word.strip().lower() for word in by.split(",")]
    for word in groups:
        if word not in GROUPS:
            raise BadRequest(f"by: expected some of {', '.join(GROUPS)}, found '{word}'.", code="InvalidParameter")
    totals = await management.usage(groups, _day(request, "since"), _day(request, "until"))
    return answered(request, {"value": [_taken(groups, each) for each in totals]})


def _capacities(management: Management) -> list[dict[str, Any]]:
    held: Counter[str] = Counter()
    for wanted in management.control.effective.config.deployments.values():
        if wanted.sku is not None:
            publisher = wanted.publisher or catalog.find(wanted.model).publisher
            held[f"{format_of(publisher)}.{wanted.sku}.{wanted.model}"] += wanted.capacity or 0
    return [_usage(name, units) for name, units in held.items()]


def _taken(groups: list[str], total: UsageTotal) -> dict[str, Any]:
    names = {group: getattr(total, GROUPS[group]) for group in groups}
    return {
        **_usage(".".join(("Tokens", *names.values())), total.prompt_tokens + total.completion_tokens),
        **names,
        **{_camel(figure): getattr(total, figure) for figure in _FIGURES},
    }


def _usage(name: str, value: int) -> dict[str, Any]:
    return {"name": {"value": name, "localizedValue": name}, "currentValue": value, "limit": _ENDLESS, "unit": "Count"}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def _day(request: Request, name: str) -> str | None:
    text = request.parameter(name)
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadRequest(f"{name}: expected a day like 2026-11-24.", code="InvalidParameter") from None
