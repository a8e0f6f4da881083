"""GET /info."""

import msgspec

from zaffre.api.door import Door
from zaffre.api.inference.admission import answered, named
from zaffre.api.place import Place
from zaffre.net.http import Request, Response


async def info(door: Door, request: Request, place: Place) -> Response:
    principal = door.principal(request)
    name = named(request, place.deployment, request.parameter("model"))
    found = door.gateway.deployment(principal, name) if name else door.gateway.default(principal)
    return answered(request, msgspec.json.encode(found.info))
