""".../accounts/{a}/deployments: GET for all; GET, PUT, PATCH and DELETE for one."""

from typing import Any

import msgspec

from zaffre.api.door import Door, Management
from zaffre.api.headers import answer_headers
from zaffre.api.management import shape
from zaffre.api.management.entrance import account_of, answered, body_of, enter, manages, precondition, tag
from zaffre.api.place import Place
from zaffre.core.errors import NoSuchResource
from zaffre.core.resources import Kind, Resource
from zaffre.net.http import Request, Response
from zaffre.services.control.deployments import Managed, all_managed, managed, stored
from zaffre.services.control.offers import connection_of


async def listed(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    found = [each for each in all_managed(management.control) if manages(principal, each.name)]
    return answered(request, {"value": [_written(request, each) for each in found]})


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    management, _ = await enter(door, request, place)
    return _answered(request, managed(management.control, place.deployment or ""))


async def put(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    said, name = body_of(request, shape.Deployment), place.deployment or ""
    there = management.control.state.get(Kind.DEPLOYMENT, name) is not None
    asked = precondition(request, Kind.DEPLOYMENT, name, there=there)
    new = False

    def change(present: Resource | None) -> bytes:
        nonlocal new
        new = present is None
        source = said.properties.model.source or _source(management, name, said, present)
        return msgspec.json.encode(shape.body_of(name, said, source, _body(present)))

    made = await management.control.change(Kind.DEPLOYMENT, name, change, actor=principal.name, precondition=asked)
    return _answered(request, stored(management.control, made), 201 if new else 200)


def _source(management: Management, name: str, said: shape.Deployment, present: Resource | None) -> str:
    """The connection of a deployment that names none: the one it has, else the one that offers the model."""
    model, before = said.properties.model.name, _body(present)
    if before.get("model") == model:
        return str(before["connection"])
    return connection_of(management.control.effective.config, name, model)


async def patch(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    said, name = body_of(request, shape.DeploymentPatch), place.deployment or ""

    def change(present: Resource | None) -> bytes:
        if present is None:
            raise NoSuchResource(Kind.DEPLOYMENT, name)
        return msgspec.json.encode(shape.patched(said, _body(present)))

    asked = precondition(request, Kind.DEPLOYMENT, name, there=True)
    made = await management.control.change(Kind.DEPLOYMENT, name, change, actor=principal.name, precondition=asked)
    return _answered(request, stored(management.control, made))


async def delete(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    asked = precondition(request, Kind.DEPLOYMENT, (place.deployment or ""), there=True)
    gone = await management.control.delete(
        Kind.DEPLOYMENT, (place.deployment or ""), actor=principal.name, precondition=asked
    )
    return answered(request, {}) if gone else Response(204, answer_headers(request), b"")


async def skus(door: Door, request: Request, place: Place) -> Response:
    """The capacity that the deployment has. There is no quota that says how far it may go."""
    management, _ = await enter(door, request, place)
    wanted = managed(management.control, place.deployment or "").wanted
    if wanted is None or wanted.sku is None:
        return answered(request, {"value": []})
    sku = {"name": wanted.sku.value, "capacity": wanted.capacity or 0}
    return answered(request, {"value": [{"resourceType": _TYPE, "sku": sku}]})


_TYPE = "Microsoft.CognitiveServices/accounts/deployments"


def _body(present: Resource | None) -> dict[str, Any]:
    body: dict[str, Any] = {} if present is None else msgspec.json.decode(present.body)
    return body


def _written(request: Request, each: Managed) -> dict[str, Any]:
    return shape.written(each, account_of(request), _tag(each))


def _answered(request: Request, each: Managed, status: int = 200) -> Response:
    return answered(request, _written(request, each), status, _tag(each))


def _tag(each: Managed) -> str | None:
    return None if each.resource is None else tag(each.resource.version)
