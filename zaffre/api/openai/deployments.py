"""GET /openai/deployments and /openai/deployments/{name}: the read-only list that old tools ask for.

Shape of api-version 2022-12-01, `Deployments_List`.
"""

from typing import Any

import msgspec

from zaffre.api.door import Door
from zaffre.api.openai.admission import answered, enter
from zaffre.api.place import Place
from zaffre.core.deployment import Deployment
from zaffre.net.http import Request, Response


async def deployments(door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    listed = [_written(each, door.since) for each in door.gateway.deployments(principal)]
    return answered(door, request, msgspec.json.encode({"object": "list", "data": listed}))


async def deployment(door: Door, request: Request, place: Place) -> Response:
    found = door.gateway.deployment(enter(door, request, place), place.item)
    return answered(door, request, msgspec.json.encode(_written(found, door.since)))


def _written(served: Deployment, since: int) -> dict[str, Any]:
    return {
        "id": served.name,
        "object": "deployment",
        "model": served.model,
        "owner": "organization-owner",
        "status": "succeeded",
        "scale_settings": {"scale_type": "standard"},
        "created_at": since,
        "updated_at": since,
    }
