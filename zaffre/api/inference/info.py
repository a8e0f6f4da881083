"""GET /info (contract 4.5, 5.5)."""

import msgspec

from zaffre.api.inference.door import DEPLOYMENT_HEADER, MESH_HEADER, Door, answered
from zaffre.core.deployment import Deployment, Principal
from zaffre.core.errors import NotFound
from zaffre.net.http import Request, Response


async def info(door: Door, request: Request, deployment: str | None, native: bool) -> Response:
    principal = door.principal(request)
    found = _asked(door, principal, request, deployment)
    return answered(request, msgspec.json.encode(found.info))


def _asked(door: Door, principal: Principal, request: Request, deployment: str | None) -> Deployment:
    """The deployment of this address, else the one that is named, else the default."""
    named = request.header(DEPLOYMENT_HEADER)
    name = named or deployment or request.parameter("model") or request.header(MESH_HEADER)
    if name:
        return door.gateway.deployment(principal, name)
    if door.gateway.default is None:
        raise NotFound("Resource not found: no deployment is named, and none is the default.")
    return door.gateway.default
