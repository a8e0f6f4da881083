"""GET /contentsafety/text/blocklists; GET, PATCH and DELETE /contentsafety/text/blocklists/{name}."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from zaffre.api.contentsafety.entrance import answered, body_of, enter, enter_to_change, nothing
from zaffre.api.contentsafety.paging import page
from zaffre.api.door import Door
from zaffre.api.place import Place
from zaffre.net.http import Request, Response
from zaffre.services.blocklists.lists import Blocklist
from zaffre.services.control.bodies import Description


class TextBlocklist(Struct, rename="camel"):
    """A merge patch: null takes a description away."""

    blocklist_name: str | None = None
    description: Description | UnsetType | None = UNSET


async def listed(door: Door, request: Request, place: Place) -> Response:
    enter(door, request, place)
    return answered(request, page([_written(each) for each in door.content_safety.blocklists.all()], request))


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    enter(door, request, place)
    return answered(request, _written(door.content_safety.blocklists.get(place.item)))


async def put(door: Door, request: Request, place: Place) -> Response:
    principal = enter_to_change(door, request, place)
    said = body_of(request, TextBlocklist).description
    made, new = await door.content_safety.blocklists.put(
        place.item,
        lambda before: before if isinstance(said, UnsetType) else replace(before, description=said),
        actor=principal.name,
    )
    return answered(request, _written(made), 201 if new else 200)


async def delete(door: Door, request: Request, place: Place) -> Response:
    principal = enter_to_change(door, request, place)
    await door.content_safety.blocklists.delete(place.item, actor=principal.name)
    return nothing(request)


def _written(blocklist: Blocklist) -> dict[str, Any]:
    written = {"blocklistName": blocklist.name}
    return written if blocklist.description is None else {**written, "description": blocklist.description}
