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
    door.principal(request)
    kind, default = request.parameter("connectiontype"), request.parameter("defaultconnection")
    # It is the default, so nothing is left where the others are asked for.
    kept = (kind is None or kind.lower() == _KIND.lower()) and (default or "true").lower() != "false"
    return answered(door, request, msgspec.json.encode({"value": [_written(request)] if kept else []}))


async def connection(door: Door, request: Request, place: Place) -> Response:
    door.principal(request)
    _check(place.item)
    return answered(door, request, msgspec.json.encode(_written(request)))


async def connection_with_credentials(door: Door, request: Request, place: Place) -> Response:
    """The credential is the caller's own."""
    door.principal(request)
    _check(place.item)
    key = presented(request, door.keys)
    credentials = {"type": "AAD"} if key is None else {"type": "ApiKey", "key": key}
    return answered(door, request, msgspec.json.encode({**_written(request), "credentials": credentials}))


def _check(name: str) -> None:
    if name.lower() != NAME:
        raise NotFound(f"Connection {name} can't be found in this project.")


def _written(request: Request) -> dict[str, Any]:
    return {
        "name": NAME,
        "id": f"{request.path.partition('/connections')[0]}/connections/{NAME}",
        "type": _KIND,
        "target": f"{request.scheme}://{request.header(b'host')}/",
        "isDefault": True,
        "credentials": {"type": "ApiKey"},
        "metadata": {},
    }
