"""POST /responses, and what is kept of each: GET and DELETE /responses/{id}, its input items, and its end.
POST /responses/input_tokens counts without asking the model.

https://github.com/openai/openai-openapi; streams say `event:` and `data:`.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from zaffre.api.door import Door
from zaffre.api.headers import require_json
from zaffre.api.openai.admission import answer_to, answered, enter, named, streamed
from zaffre.api.openai.pages import page, whole_number
from zaffre.api.place import Place
from zaffre.core.deployment import Principal
from zaffre.core.errors import BadRequest, Cut, GatewayError
from zaffre.core.responses import StoredResponse
from zaffre.gateway.fields import fields_of
from zaffre.net.http import Hangup, Request, Response
from zaffre.services.responses.events import Event
from zaffre.services.responses.parameters import Asked, asked

logger = logging.getLogger(__name__)


async def create(door: Door, request: Request, place: Place) -> Response:
    principal, name, body = _asked(door, request, place)
    if body.known.stream:
        events, call = await door.responses.stream(door.gateway, principal, name, body)
        pieces = _written(events)
        return answer_to(call, door, request, pieces) if call else streamed(door, request, pieces, name)
    response, call = await door.responses.create(door.gateway, principal, name, body)
    return answer_to(call, door, request, response) if call else answered(door, request, response, name)


async def input_tokens(door: Door, request: Request, place: Place) -> Response:
    principal, name, body = _asked(door, request, place)
    # Named by this route alone: a style of writing, which counts nothing before anything is written.
    body.fields.pop("personality", None)
    tokens = await door.responses.count(door.gateway, principal, name, body)
    counted = {"object": "response.input_tokens", "input_tokens": tokens}
    return answered(door, request, msgspec.json.encode(counted), name)


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    stored = await _stored(door, request, place)
    if (request.parameter("stream") or "").lower() != "true":
        return answered(door, request, stored.body)
    after = whole_number(request, "starting_after")
    events = door.responses.followed(stored, -1 if after is None else after)
    return streamed(door, request, _written(events), stored.deployment)


async def delete(door: Door, request: Request, place: Place) -> Response:
    stored = await _stored(door, request, place)
    await door.responses.delete(stored)
    return answered(door, request, msgspec.json.encode({"id": stored.id, "object": "response", "deleted": True}))


async def cancel(door: Door, request: Request, place: Place) -> Response:
    return answered(door, request, await door.responses.cancel(await _stored(door, request, place)))


async def input_items(door: Door, request: Request, place: Place) -> Response:
    stored = await _stored(door, request, place)
    items = msgspec.json.decode(stored.input, type=list[dict[str, Any]])
    return answered(door, request, msgspec.json.encode(page(items, request)))


def _asked(door: Door, request: Request, place: Place) -> tuple[Principal, str, Asked]:
    """Who asks, of which deployment, what. Raises any refusal of these."""
    principal = enter(door, request, place)
    require_json(request)
    try:
        fields = fields_of(request.body)
        served = door.gateway.deployment(principal, named(place, fields))
        return principal, served.name, asked(request.body, fields)
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None


async def _stored(door: Door, request: Request, place: Place) -> StoredResponse:
    return await door.responses.get(enter(door, request, place), place.item)


async def _written(events: AsyncGenerator[list[Event], None]) -> AsyncGenerator[bytes, None]:
    """The stream's bytes, one piece for what arrived together.

    Raises:
        Hangup: a script asks for a cut connection, or what was to be kept could not be.
    """
    try:
        async with aclosing(events):
            async for batch in events:
                yield b"".join(b"event: %b\ndata: %b\n\n" % (event.type.encode(), event.data) for event in batch)
    except Cut:
        raise Hangup from None
    except GatewayError as error:
        logger.warning("A stream of events broke: %.300r (%s).", error.message, error.code)
        raise Hangup from None
