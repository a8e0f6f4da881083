"""Lists in pages, as Azure's clients turn them: `top`, `skip`, `maxpagesize`, and a link to the next page.

https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from zaffre.core.errors import BadRequest
from zaffre.net.http import Request

DEFAULT: Final = 100
MOST: Final = 1000
_DIGITS: Final = 9


def page(items: Sequence[dict[str, Any]], request: Request) -> dict[str, Any]:
    """One page. Raises BadRequest: a parameter that is no whole number."""
    skip = _number(request, "skip", 0)
    top = _number(request, "top", len(items))
    size = min(_number(request, "maxpagesize", DEFAULT) or DEFAULT, MOST)
    shown = items[skip : skip + min(size, top)]
    answer: dict[str, Any] = {"value": shown}
    skip, top = skip + len(shown), top - len(shown)
    if top > 0 and skip < len(items):
        query = {"api-version": request.parameter("api-version"), "skip": skip, "top": top, "maxpagesize": size}
        answer["nextLink"] = f"{request.scheme}://{request.header(b'host')}{request.path}?{urlencode(query)}"
    return answer


def _number(request: Request, name: str, default: int) -> int:
    said = request.parameter(name)
    if said is None:
        return default
    if not (said.isascii() and said.isdecimal()) or len(said) > _DIGITS:
        raise BadRequest(f"Invalid value for '{name}': expected a whole number.", param=name)
    return int(said)
