""".../locations/{l}/raiContentFilters: what content filters can look for."""

from zaffre.api.door import Door
from zaffre.api.management import filter_shape
from zaffre.api.management.entrance import answered, enter
from zaffre.api.place import Place
from zaffre.core.errors import NoSuchResource
from zaffre.net.http import Request, Response


async def listed(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    return answered(request, {"value": filter_shape.catalogue()})


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    for each in filter_shape.catalogue():
        if each["name"].lower() == place.item.lower():
            return answered(request, each)
    raise NoSuchResource("content filter", place.item)
