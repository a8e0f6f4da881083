"""What every route of the management surface asks and answers."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from zaffre.api.door import Door, Management
from zaffre.api.headers import answer_headers
from zaffre.api.place import Place
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, NoSuchResource, PermissionDenied, PreconditionFailed
from zaffre.core.resources import Kind
from zaffre.net.http import Request, Response
from zaffre.services.control.control import Precondition

B = TypeVar("B", bound=Struct | list[Any])


def over_all(principal: Principal) -> None:
    """What concerns every deployment. Raises PermissionDenied: the manager's role names only some."""
    if principal.deployments is not None:
        raise PermissionDenied


async def enter(door: Door, request: Request, place: Place) -> tuple[Management, Principal]:
    """What is managed, as it is by now whoever has changed it, and who manages.

    Raises:
        Unauthorized
        NoSuchResource: a deployment that is not this manager's.
        StoreFailed
    """
    principal = door.principal(request, place.surface)
    if place.deployment and not manages(principal, place.deployment):
        raise NoSuchResource(Kind.DEPLOYMENT, place.deployment)
    management = door.management
    await management.control.refresh()
    return management, principal


def manages(principal: Principal, deployment: str) -> bool:
    """Whether a deployment is one of a manager's."""
    return principal.deployments is None or deployment.lower() in principal.deployments


def body_of(request: Request, kind: type[B]) -> B:
    """What a body says. Raises BadRequest: it is none, or a field of it has the wrong type, which is named."""
    try:
        said: B = msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The request body is invalid: {error}.", code="InvalidRequestContent") from error
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("The request body is not valid JSON.", code="InvalidRequestContent") from None
    return said


def answered(request: Request, value: Any, status: int = 200, etag: str | None = None) -> Response:
    """A body in JSON."""
    headers = answer_headers(request)
    if etag is not None:
        headers.append((b"etag", etag.encode()))
    return Response(status, headers, msgspec.json.encode(value))


def tag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def precondition(request: Request, kind: Kind, name: str, *, there: bool) -> Precondition:
    """What `If-Match` and `If-None-Match` ask.

    Args:
        there: there is a resource of that name.

    Raises:
        PreconditionFailed: a tag that is no version's.
    """
    match, unmatched = request.header(b"if-match").strip(), request.header(b"if-none-match").strip()
    if match == "*" and not there:
        raise PreconditionFailed(kind, name)
    version = None
    if match and match != "*":
        text = match.removeprefix("W/").strip('"')
        if not text.isdecimal():
            raise PreconditionFailed(kind, name)
        version = int(text)
    return Precondition(version, absent=unmatched == "*")


def account_of(request: Request) -> str:
    """The path of the account that was asked for, as the caller spells it."""
    return "/".join(request.path.split("/")[:9])
