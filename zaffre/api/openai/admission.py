"""What every route of these surfaces does first, and what it says in the end."""

from collections.abc import AsyncGenerator
from typing import Any

from zaffre.api.annotations import annotated
from zaffre.api.door import Door
from zaffre.api.headers import EVENT_STREAM, JSON, require_json
from zaffre.api.inference.admission import model_of
from zaffre.api.limits import call_lines, spillover_of
from zaffre.api.openai.headers import openai_headers
from zaffre.api.openai.versions import check_version
from zaffre.api.place import Place
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, NoModelName
from zaffre.gateway.call import Call
from zaffre.gateway.fields import Fields, fields_of
from zaffre.gateway.parameters import Extras, Operation, R
from zaffre.net.http import Request, Response


def enter(door: Door, request: Request, place: Place) -> Principal:
    """Who calls. Raises Unauthorized; NotFound or BadRequest for an `api-version` that is not taken."""
    check_version(request, place.surface, door.manners)
    return door.principal(request, place.surface)


def admit(door: Door, request: Request, place: Place, operation: Operation[R]) -> Call[R]:
    """The call behind a POST. The address names the deployment; where it names none, the body's `model` does.

    Raises:
        Any refusal of `gateway.admit` and `enter`, UnsupportedMediaType, BadRequest, NoModelName
    """
    principal = enter(door, request, place)
    require_json(request)
    try:
        fields = fields_of(request.body)
        name = named(place, fields)
        return door.gateway.admit(
            principal, name, operation, request.body, fields, Extras.PASS_THROUGH, spillover_of(request)
        )
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None


def named(place: Place, fields: Fields) -> str:
    """The deployment's name: the address says it, else the body's `model`. Raises NoModelName, InvalidParameters."""
    name = place.deployment or model_of(fields)
    if not name:
        raise NoModelName("you must provide a model parameter", param="model")
    return name


def answer_to(call: Call[Any], door: Door, request: Request, body: bytes | AsyncGenerator[bytes, None]) -> Response:
    """The answer to a call: whole, or piece by piece."""
    kind = JSON if isinstance(body, bytes) else EVENT_STREAM
    headers = openai_headers(request, door.manners, kind, call.deployment.name)
    if call.annotations is not None and isinstance(body, bytes):
        body = annotated(body, call.annotations)
    return Response(200, headers, body, lines=call_lines(call))


def answered(door: Door, request: Request, body: bytes, deployment: str = "") -> Response:
    """A whole answer to what is no call."""
    return Response(200, openai_headers(request, door.manners, JSON, deployment), body)


def streamed(door: Door, request: Request, pieces: AsyncGenerator[bytes, None], deployment: str) -> Response:
    """An answer sent piece by piece."""
    return Response(200, openai_headers(request, door.manners, EVENT_STREAM, deployment), pieces)
