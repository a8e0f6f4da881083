"""GET /info."""

import msgspec

from zaffre.api.door import Door
from zaffre.api.headers import answer_headers
from zaffre.api.inference.admission import named
from zaffre.api.place import Place
from zaffre.net.http import Request, Response


async def info(door: Door, request: Request, place: Place) -> Response:
    principal = door.principal(request, place.surface)
    name = named(request, place.deployment, request.parameter("model"))
    found = door.gateway.deployment(principal, name) if name else door.gateway.default(principal)
    return Response(200, answer_headers(request), msgspec.json.encode(found.info))
