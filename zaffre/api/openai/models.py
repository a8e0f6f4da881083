"""GET /models and /models/{id}: the deployments, since those are what `model` names.

One shape for both surfaces: Azure's (`status`, `capabilities`, `lifecycle_status`) and OpenAI's (`created`,
`owned_by`) together.
"""

from datetime import UTC, datetime, time
from typing import Any

import msgspec

from zaffre.api.door import Door
from zaffre.api.openai.admission import answered, enter
from zaffre.api.place import Place
from zaffre.core.deployment import Deployment
from zaffre.core.modality import Modality
from zaffre.net.http import Request, Response


async def models(door: Door, request: Request, place: Place) -> Response:
    principal = enter(door, request, place)
    listed = [_written(each, door.since) for each in door.gateway.deployments(principal)]
    return answered(door, request, msgspec.json.encode({"object": "list", "data": listed}))


async def model(door: Door, request: Request, place: Place) -> Response:
    found = door.gateway.deployment(enter(door, request, place), place.item)
    return answered(door, request, msgspec.json.encode(_written(found, door.since)))


def _written(deployment: Deployment, since: int) -> dict[str, Any]:
    serves = deployment.serves
    return {
        "id": deployment.name,
        "object": "model",
        "created": since,
        "owned_by": deployment.info.model_provider_name or "zaffre",
        "created_at": since,
        "status": "succeeded",
        "lifecycle_status": "generally-available",
        "capabilities": {
            "fine_tune": False,
            "inference": True,
            "completion": Modality.COMPLETIONS in serves,
            "chat_completion": Modality.CHAT in serves,
            "embeddings": Modality.TEXT_EMBEDDINGS in serves,
        },
        "deprecation": _deprecation(deployment),
        "model": deployment.model,
    }


def _deprecation(deployment: Deployment) -> dict[str, int]:
    """When inference ends, in seconds since 1970, where that is known."""
    day = deployment.lifetime and deployment.lifetime.retires
    return {"inference": int(datetime.combine(day, time(), UTC).timestamp())} if day else {}
