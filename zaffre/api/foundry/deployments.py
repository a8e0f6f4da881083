"""GET /api/projects/{project}/deployments and below: what azure-ai-projects lists.

Shape of `ModelDeployment` in azure-ai-projects 2, as far as live answers fill it.
"""

from typing import Any

import msgspec

from zaffre.api.door import Door
from zaffre.api.openai.admission import answered
from zaffre.api.place import Place
from zaffre.core.deployment import Deployment
from zaffre.core.limits import Sku
from zaffre.core.modality import Modality
from zaffre.net.http import Request, Response

_KIND = "ModelDeployment"
_CAPABILITIES = {
    Modality.CHAT: "chat_completion",
    Modality.COMPLETIONS: "completion",
    Modality.TEXT_EMBEDDINGS: "embeddings",
    Modality.IMAGE_EMBEDDINGS: "image_embeddings",
    Modality.IMAGES: "image_generation",
    Modality.AUDIO: "audio",
}


async def deployments(door: Door, request: Request, place: Place) -> Response:
    listed = map(_written, door.gateway.deployments(door.principal(request, place.surface)))
    value = [each for each in listed if _is_asked_for(each, request)]
    return answered(door, request, msgspec.json.encode({"value": value}))


async def deployment(door: Door, request: Request, place: Place) -> Response:
    found = door.gateway.deployment(door.principal(request, place.surface), place.item)
    return answered(door, request, msgspec.json.encode(_written(found)))


def _is_asked_for(written: dict[str, Any], request: Request) -> bool:
    """Whether a deployment passes the filters of the query."""
    filters = {"modelName": "modelname", "modelPublisher": "modelpublisher", "type": "deploymenttype"}
    asked = ((field, request.parameter(name)) for field, name in filters.items())
    return all(wanted is None or written[field].lower() == wanted.lower() for field, wanted in asked)


def _written(served: Deployment) -> dict[str, Any]:
    return {
        "name": served.name,
        "type": _KIND,
        "modelName": served.model,
        "modelVersion": served.version_today,
        "modelPublisher": served.info.model_provider_name,
        "capabilities": {_CAPABILITIES[each]: "true" for each in sorted(served.serves)},
        "sku": _sku(served),
    }


def _sku(served: Deployment) -> dict[str, Any]:
    """The capacity type, and the capacity where one is configured.

    @azure/ai-projects cannot read a deployment without a sku, so one that has none is said to be what it is like:
    `Standard`, on shared capacity.
    """
    name = served.sku or Sku.STANDARD
    return {"name": name} if served.capacity is None else {"name": name, "capacity": served.capacity}
