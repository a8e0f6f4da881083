"""GET .../accounts/{a}, and the lists that have it: this server, under whatever name it is asked for."""

from typing import Any, Final

from zaffre.api.door import Door
from zaffre.api.management.entrance import account_of, answered, enter
from zaffre.api.place import Place
from zaffre.net.http import Request, Response

NAME: Final = "zaffre"
"""In lists, where nobody has named it."""
_GROUPLESS: Final = 5
"""Steps of a path without a resource group."""


async def retrieve(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    return answered(request, _written(door, request, account_of(request)))


async def listed(door: Door, request: Request, place: Place) -> Response:
    await enter(door, request, place)
    steps = request.path.strip("/").split("/")
    group = NAME if len(steps) == _GROUPLESS else steps[3]
    path = f"/subscriptions/{steps[1]}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{NAME}"
    return answered(request, {"value": [_written(door, request, path)]})


def _written(door: Door, request: Request, path: str) -> dict[str, Any]:
    endpoint = f"{request.scheme}://{request.header(b'host')}/"
    return {
        "id": path,
        "name": path.rpartition("/")[2],
        "type": "Microsoft.CognitiveServices/accounts",
        "kind": "AIServices",
        "location": door.manners.region,
        "sku": {"name": "S0"},
        "properties": {
            "endpoint": endpoint,
            "endpoints": {
                "Azure AI Model Inference API": f"{endpoint}models",
                "OpenAI Language Model Instance API": endpoint,
                "Content Safety": endpoint,
            },
            "provisioningState": "Succeeded",
        },
    }
