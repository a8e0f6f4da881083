"""The items of a blocklist: added, removed, listed.

POST …/{name}:addOrUpdateBlocklistItems, :removeBlocklistItems; GET …/{name}/blocklistItems, …/blocklistItems/{id}.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from zaffre.api.contentsafety.entrance import answered, body_of, enter, enter_to_change, nothing
from zaffre.api.contentsafety.paging import page
from zaffre.api.door import Door
from zaffre.api.place import Place
from zaffre.net.http import Request, Response
from zaffre.services.blocklists.lists import Item
from zaffre.services.control.bodies import Description, ItemBody


class TextBlocklistItem(Struct):
    text: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\S")]
    description: Description | None = None


class AddItems(Struct, rename="camel"):
    blocklist_items: Annotated[list[TextBlocklistItem], Meta(min_length=1, max_length=100)]


class RemoveItems(Struct, rename="camel"):
    blocklist_item_ids: Annotated[list[str], Meta(min_length=1, max_length=100)]


async def add(door: Door, request: Request, place: Place) -> Response:
    principal = enter_to_change(door, request, place)
    bodies = [ItemBody(each.text, description=each.description) for each in body_of(request, AddItems).blocklist_items]
    added = await door.content_safety.blocklists.add(place.item, bodies, actor=principal.name)
    return answered(request, {"blocklistItems": list(map(_written, added))})


async def remove(door: Door, request: Request, place: Place) -> Response:
    principal = enter_to_change(door, request, place)
    ids = body_of(request, RemoveItems).blocklist_item_ids
    await door.content_safety.blocklists.remove(place.item, ids, actor=principal.name)
    return nothing(request)


async def listed(door: Door, request: Request, place: Place) -> Response:
    enter(door, request, place)
    return answered(
        request, page([_written(each) for each in door.content_safety.blocklists.items(place.item)], request)
    )


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    enter(door, request, place)
    name, _, unique = place.item.partition("/")
    return answered(request, _written(door.content_safety.blocklists.item(name, unique)))


def _written(item: Item) -> dict[str, Any]:
    written = {"blocklistItemId": item.id, "text": item.text}
    return written if item.description is None else {**written, "description": item.description}
