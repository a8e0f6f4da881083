"""Images and audio: handed on to upstreams that have them, as they come."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final

from zaffre.api.door import Door
from zaffre.api.headers import NO_CACHE, require_json
from zaffre.api.limits import standing_lines
from zaffre.api.openai.admission import enter, named
from zaffre.api.openai.forms import form_of, is_form
from zaffre.api.openai.headers import openai_headers
from zaffre.api.place import Endpoint, Place
from zaffre.core.errors import BadRequest, GatewayError, NoModelName, UnsupportedMediaType
from zaffre.core.relay import FormPassage, JsonPassage, Passage
from zaffre.gateway.fields import fields_of
from zaffre.net.http import Hangup, Request, Response

_EITHER: Final = "The request body must be application/json or multipart/form-data."


def relaying(route: str) -> Endpoint:
    """The endpoint of a route that is handed on."""
    return partial(_relay, route)


async def _relay(route: str, door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    name, passage = _passage(route, request, place)
    served = door.gateway.relaying(principal, name, route)
    answer, standing = await door.gateway.relay(principal, served, passage)
    headers = openai_headers(request, door.manners, (b"content-type", answer.content_type), served.name)
    headers += answer.headers
    if answer.content_type.startswith(b"text/event-stream"):
        headers.append(NO_CACHE)
    lines = b"" if standing is None else standing_lines(standing)
    return Response(200, headers, _pieces(answer.pieces), lines=lines)


def _passage(route: str, request: Request, place: Place) -> tuple[str, Passage]:
    """The deployment's name, and what is handed on to it."""
    content_type = request.headers.get(b"content-type", b"")
    if not is_form(content_type):
        _require_json(request)
        try:
            fields = fields_of(request.body)
        except RecursionError:
            raise BadRequest("The request body is nested too deeply.") from None
        return named(place, fields), JsonPassage(route, fields)
    form = form_of(content_type, request.body)
    name = place.deployment or form.model
    if not name:
        raise NoModelName("you must provide a model parameter", param="model")
    return name, FormPassage(route, request.body, content_type, form.boundary, form.span, form.prompts)


def _require_json(request: Request) -> None:
    try:
        require_json(request)
    except UnsupportedMediaType:
        raise UnsupportedMediaType(_EITHER) from None


async def _pieces(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The answer's bytes. Raises Hangup where the upstream broke: a broken body says so."""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
    except GatewayError:
        raise Hangup from None
