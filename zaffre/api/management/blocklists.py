"""Blocklists as Azure Resource Manager has them: GET for all; GET, PUT, DELETE for one; and the same for their items.

.../accounts/{a}/raiBlocklists[/{b}[/raiBlocklistItems[/{i}] | /addRaiBlocklistItems | /deleteRaiBlocklistItems]]

Source: the REST API of Microsoft.CognitiveServices, version 2025-09-01. Items that the configuration file declares have
no names there: here they are counted from 1.
"""

from typing import Any

from msgspec import Struct

from zaffre.api.door import Door
from zaffre.api.headers import answer_headers
from zaffre.api.management.entrance import account_of, answered, body_of, enter, over_all, precondition, tag
from zaffre.api.place import Place
from zaffre.core.errors import BadRequest
from zaffre.core.resources import Kind
from zaffre.net.http import Request, Response
from zaffre.services.blocklists.lists import Blocklist, Item
from zaffre.services.control.bodies import Description, ItemBody, ListBody
from zaffre.services.control.control import hold

_TYPE = "Microsoft.CognitiveServices/accounts/raiBlocklists"


class ListProperties(Struct, frozen=True):
    description: Description | None = None


class RaiBlocklist(Struct):
    """What a PUT of a list says."""

    properties: ListProperties = ListProperties()
    tags: dict[str, str] | None = None


class ItemProperties(Struct, rename="camel"):
    pattern: str
    is_regex: bool = False


class RaiBlocklistItem(Struct):
    """What a PUT of an item says."""

    properties: ItemProperties
    tags: dict[str, str] | None = None


class NamedItem(RaiBlocklistItem, kw_only=True):
    """One of several that are added at once."""

    name: str


async def listed(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    return answered(request, {"value": [_written(request, each) for each in door.content_safety.blocklists.all()]})


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    return _answered(request, door.content_safety.blocklists.get(place.item))


async def put(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    said, name = body_of(request, RaiBlocklist), place.item
    body = ListBody(said.properties.description, said.tags or {})
    there = management.control.state.get(Kind.BLOCKLIST, name) is not None
    asked = precondition(request, Kind.BLOCKLIST, name, there=there)
    made, new = await door.content_safety.blocklists.put(name, lambda _: body, actor=principal.name, precondition=asked)
    return _answered(request, made, 201 if new else 200)


async def delete(door: Door, request: Request, place: Place) -> Response:
    _, principal = await enter(door, request, place)
    over_all(principal)
    asked = precondition(request, Kind.BLOCKLIST, place.item, there=True)
    await door.content_safety.blocklists.delete(place.item, actor=principal.name, precondition=asked)
    # The published client takes no 200 here.
    return Response(204, answer_headers(request), b"")


async def items(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    lists = door.content_safety.blocklists
    name = lists.get(place.item).name
    return answered(request, {"value": [_item_written(request, name, each) for each in lists.items(name)]})


async def retrieve_item(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    name, _, unique = place.item.partition("/")
    lists = door.content_safety.blocklists
    return _item_answered(request, lists.get(name).name, lists.item(name, unique))


async def put_item(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    name, _, unique = place.item.partition("/")
    said = _body(body_of(request, RaiBlocklistItem))
    there = management.control.state.get(Kind.BLOCKLIST_ITEM, place.item) is not None
    asked = precondition(request, Kind.BLOCKLIST_ITEM, unique, there=there)
    lists = door.content_safety.blocklists
    new = await lists.put_items(name, {unique: said}, actor=principal.name, precondition=asked)
    return _item_answered(request, lists.get(name).name, lists.item(name, unique), 201 if new else 200)


async def delete_item(door: Door, request: Request, place: Place) -> Response:
    management, principal = await enter(door, request, place)
    over_all(principal)
    name, _, unique = place.item.partition("/")
    present = management.control.state.get(Kind.BLOCKLIST_ITEM, place.item)
    hold(precondition(request, Kind.BLOCKLIST_ITEM, unique, there=True), Kind.BLOCKLIST_ITEM, unique, present)
    if present is not None or management.control.state.get(Kind.BLOCKLIST, name) is None:
        await door.content_safety.blocklists.remove(name, [unique], actor=principal.name)
    return Response(204, answer_headers(request), b"")


async def add(door: Door, request: Request, place: Place) -> Response:
    _, principal = await enter(door, request, place)
    over_all(principal)
    said = body_of(request, list[NamedItem])
    bodies = {each.name: _body(each) for each in said}
    if len({name.lower() for name in bodies}) < len(said):
        raise BadRequest("name: expected another for each item, found one twice.", code="InvalidRequestContent")
    await door.content_safety.blocklists.put_items(place.item, bodies, actor=principal.name)
    return _answered(request, door.content_safety.blocklists.get(place.item))


async def remove(door: Door, request: Request, place: Place) -> Response:
    _, principal = await enter(door, request, place)
    over_all(principal)
    await door.content_safety.blocklists.remove(place.item, body_of(request, list[str]), actor=principal.name)
    return Response(204, answer_headers(request), b"")


def _body(said: RaiBlocklistItem) -> ItemBody:
    return ItemBody(said.properties.pattern, said.properties.is_regex, tags=said.tags or {})


def _written(request: Request, blocklist: Blocklist) -> dict[str, Any]:
    said = {} if blocklist.description is None else {"description": blocklist.description}
    return _resource(f"{account_of(request)}/raiBlocklists/{blocklist.name}", _TYPE, said, blocklist)


def _item_written(request: Request, name: str, item: Item) -> dict[str, Any]:
    address = f"{account_of(request)}/raiBlocklists/{name}/raiBlocklistItems/{item.id}"
    said = {"pattern": item.text, "isRegex": item.regex}
    return _resource(address, f"{_TYPE}/raiBlocklistItems", said, item)


def _resource(address: str, kind: str, properties: dict[str, Any], found: Blocklist | Item) -> dict[str, Any]:
    written = {"id": address, "type": kind, "name": address.rpartition("/")[2], "properties": properties}
    if found.tags:
        written["tags"] = found.tags
    return {**written, "etag": tag(found.version)} if found.version else written


def _answered(request: Request, blocklist: Blocklist, status: int = 200) -> Response:
    return answered(request, _written(request, blocklist), status, _tag(blocklist.version))


def _item_answered(request: Request, name: str, item: Item, status: int = 200) -> Response:
    return answered(request, _item_written(request, name, item), status, _tag(item.version))


def _tag(version: int) -> str | None:
    return tag(version) if version else None
