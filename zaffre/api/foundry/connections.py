"""GET /api/projects/{project}/connections and below.

A project has one connection: this server itself, as the Azure OpenAI resource on which it stands. Where upstreams live
is the operator's business. Shape of `Connection` in azure-ai-projects 2.
"""

from typing import Any, Final

import msgspec

from zaffre.api.door import Door
from zaffre.api.openai.admission import answered
from zaffre.api.place import Place
from zaffre.api.principal import presented
from zaffre.core.errors import NotFound
from zaffre.net.http import Request, Response

NAME: Final = "zaffre"
_KIND: Final = "AzureOpenAI"


async def connections(door: Door, request: Request, place: Place) -> Response:
    door.principal(request, place.surface)
    kind, default = request.parameter("connectiontype"), request.parameter("defaultconnection")
    # It is the default, so nothing is left where the others are asked for.
    kept = (kind is None or kind.lower() == _KIND.lower()) and (default or "true").lower() != "false"
    return answered(door, request, msgspec.json.encode({"value": [_written(door, request, place)] if kept else []}))


async def connection(door: Door, request: Request, place: Place) -> Response:
    return _one(door, request, place)


async def connection_with_credentials(door: Door, request: Request, place: Place) -> Response:
    """The credential is the caller's own."""
    return _one(door, request, place, with_key=True)


def _one(door: Door, request: Request, place: Place, with_key: bool = False) -> Response:
    door.principal(request, place.surface)
    if place.item.lower() != NAME:
        raise NotFound(f"Connection {place.item} can't be found in this project.")
    return answered(door, request, msgspec.json.encode(_written(door, request, place, with_key)))


def _written(door: Door, request: Request, place: Place, with_key: bool = False) -> dict[str, Any]:
    return {
        "name": NAME,
        "id": f"{_project(request)}/connections/{NAME}",
        "type": _KIND,
        "target": f"{request.scheme}://{request.header(b'host')}/",
        "isDefault": True,
        "credentials": _credentials(presented(request, place.surface, door.keys), with_key),
        "metadata": {},
    }


def _project(request: Request) -> str:
    """The project's own path."""
    steps = [step for step in request.path.split("/") if step]
    return "/" + "/".join(steps[:3])


def _credentials(key: str | None, with_key: bool) -> dict[str, str]:
    if key is None:
        return {"type": "AAD"}
    return {"type": "ApiKey", "key": key} if with_key else {"type": "ApiKey"}
