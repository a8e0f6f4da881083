""".../accounts/{a}/raiPolicies: GET for all; GET, PUT and DELETE for one."""

from typing import Any

import msgspec

from zaffre.api.door import Door, Management
from zaffre.api.headers import answer_headers
from zaffre.api.management import filter_shape
from zaffre.api.management.entrance import account_of, answered, body_of, enter, over_all, precondition, tag
from zaffre.api.place import Place
from zaffre.core.errors import NoSuchResource
from zaffre.core.resources import Kind, Resource
from zaffre.net.http import Request, Response
from zaffre.safety.policy import SYSTEM


async def listed(door: Door, request: Request, place: Place) -> Response:
    management, _ = await enter(door, request, place)
    names = [*SYSTEM, *management.control.effective.config.content_filters]
    return answered(request, {"value": [_written(management, request, name) for name in names]})


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    management, _ = await enter(door, request, place)
    return _answered(management, request, _spelled(management, place.item))


async def put(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    said, name = body_of(request, filter_shape.RaiPolicy), place.item
    there = management.control.state.get(Kind.CONTENT_FILTER, name) is not None
    asked = precondition(request, Kind.CONTENT_FILTER, name, there=there)

    def change(present: Resource | None) -> bytes:
        before: dict[str, Any] = {} if present is None else msgspec.json.decode(present.body)
        return msgspec.json.encode(filter_shape.body_of(name, said, before))

    made = await management.control.change(Kind.CONTENT_FILTER, name, change, actor=principal.name, precondition=asked)
    return _answered(management, request, made.name, 200 if there else 201)


async def delete(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    asked = precondition(request, Kind.CONTENT_FILTER, place.item, there=True)
    await management.control.delete(Kind.CONTENT_FILTER, place.item, actor=principal.name, precondition=asked)
    # The published client takes no 200 here.
    return Response(204, answer_headers(request), b"")


def _spelled(management: Management, name: str) -> str:
    known = [*SYSTEM, *management.control.effective.config.content_filters]
    found = next((each for each in known if each.lower() == name.lower()), None)
    if found is None:
        raise NoSuchResource(Kind.CONTENT_FILTER, name)
    return found


def _written(management: Management, request: Request, name: str) -> dict[str, Any]:
    said = SYSTEM.get(name) or management.control.effective.config.content_filters[name]
    return filter_shape.written(name, said, account_of(request), _tag(management, name))


def _answered(management: Management, request: Request, name: str, status: int = 200) -> Response:
    return answered(request, _written(management, request, name), status, _tag(management, name))


def _tag(management: Management, name: str) -> str | None:
    kept = management.control.state.get(Kind.CONTENT_FILTER, name)
    return None if kept is None else tag(kept.version)
