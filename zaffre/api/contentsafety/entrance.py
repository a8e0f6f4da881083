"""What every route of this surface does first, and how it answers."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from zaffre.api.door import Door
from zaffre.api.headers import answer_headers, require_json
from zaffre.api.place import Place
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, NotFound, PermissionDenied
from zaffre.gateway.estimate import tokens
from zaffre.net.http import Request, Response
from zaffre.safety.classifier import Classifier

LONGEST: Final = 10_000
"""Code points of a text to judge."""
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?", re.IGNORECASE)
_PUBLISHED: Final = frozenset(
    {"2023-04-30-preview", "2023-10-01", "2023-10-15-preview", "2024-02-15-preview", "2024-09-01", "2024-09-15-preview"}
)

T = TypeVar("T")


def enter(door: Door, request: Request, place: Place) -> Principal:
    """Who calls. Raises Unauthorized; NotFound, as Azure does, for an `api-version` that is missing or not taken."""
    version = (request.parameter("api-version") or "").lower()
    strict = door.manners.api_versions == "strict"
    if not (version in _PUBLISHED if strict else _DATE.fullmatch(version)):
        raise NotFound
    return door.principal(request, place.surface)


def enter_to_change(door: Door, request: Request, place: Place) -> Principal:
    """Who calls to change a list. Lists may be everybody's, so whoever may not use every deployment changes none.

    Raises:
        PermissionDenied, and what `enter` raises.
    """
    principal = enter(door, request, place)
    if principal.deployments is not None:
        raise PermissionDenied
    return principal


def body_of(request: Request, kind: type[T]) -> T:
    """The body. Raises BadRequest, UnsupportedMediaType."""
    require_json(request)
    try:
        return msgspec.json.decode(request.body, type=kind)
    except UnicodeDecodeError:
        raise BadRequest("The request body is not valid UTF-8.") from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None
    except msgspec.DecodeError as error:
        raise BadRequest(f"The request body is invalid: {error}.") from None


def judging(door: Door, *sought: str) -> Classifier:
    """The classifier, if it looks for any of these. Raises NotFound."""
    classifier = door.content_safety.judge
    if classifier is None or classifier.categories.isdisjoint(sought):
        raise NotFound
    return classifier


async def count(principal: Principal, *texts: str) -> None:
    """Count texts against the principal's own limit. Raises LimitReached."""
    if principal.limiter is not None:
        await principal.limiter.admit(tokens(sum(map(len, texts))))


def answered(request: Request, body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(status, answer_headers(request), msgspec.json.encode(body))


def nothing(request: Request) -> Response:
    """204."""
    return Response(204, answer_headers(request)[1:], b"")
