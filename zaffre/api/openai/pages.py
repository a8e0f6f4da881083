"""Lists in pages, as OpenAI's clients turn them: `limit`, `order`, `after`, `before`."""

from collections.abc import Sequence
from typing import Any, Final

from zaffre.core.errors import BadRequest
from zaffre.net.http import Request

DEFAULT: Final = 20
MOST: Final = 100
_DIGITS: Final = 15
"""More than that counts nothing that is here."""


def page(items: Sequence[dict[str, Any]], request: Request) -> dict[str, Any]:
    """One page of the items, each with an `id`, which are given in the order in which they came to be.

    Raises:
        BadRequest: a `limit`, `order`, `after` or `before` that cannot be used.
    """
    order = (request.parameter("order") or "desc").lower()
    if order not in ("asc", "desc"):
        raise BadRequest("Invalid value for 'order': expected 'asc' or 'desc'.", param="order")
    listed = list(items) if order == "asc" else list(reversed(items))
    after, before = request.parameter("after"), request.parameter("before")
    start = 0 if after is None else _place(listed, after, "after") + 1
    end = len(listed) if before is None else _place(listed, before, "before")
    rest = listed[start:end]
    shown = rest[: _limit(request)]
    ends = (shown[0]["id"], shown[-1]["id"]) if shown else (None, None)
    has_more = len(rest) > len(shown)
    return {"object": "list", "data": shown, "first_id": ends[0], "last_id": ends[1], "has_more": has_more}


def whole_number(request: Request, name: str) -> int | None:
    """What a parameter of the query says. Raises BadRequest."""
    said = request.parameter(name)
    if said is None:
        return None
    if not said.isdecimal() or len(said) > _DIGITS:
        raise BadRequest(f"Invalid value for '{name}': expected a whole number.", param=name)
    return int(said)


def _limit(request: Request) -> int:
    said = whole_number(request, "limit")
    if said is not None and not 1 <= said <= MOST:
        raise BadRequest(f"Invalid value for 'limit': expected a whole number from 1 to {MOST}.", param="limit")
    return DEFAULT if said is None else said


def _place(listed: Sequence[dict[str, Any]], unique: str, name: str) -> int:
    for place, item in enumerate(listed):
        if item["id"] == unique:
            return place
    raise BadRequest(f"Invalid value for '{name}': there is no item '{unique}'.", param=name)
