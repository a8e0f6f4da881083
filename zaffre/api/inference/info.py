"""GET /info."""

import msgspec

from zaffre.api.inference.door import Door, answered, named
from zaffre.net.http import Request, Response


async def info(door: Door, request: Request, deployment: str | None, native: bool) -> Response:
    principal = door.principal(request)
    name = named(request, deployment, request.parameter("model"))
    found = door.gateway.deployment(principal, name) if name else door.gateway.default(principal)
    return answered(request, msgspec.json.encode(found.info))
