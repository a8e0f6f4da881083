"""The addresses of the Inference API, route words and names in any letter case:

/models/ROUTE               routed by the body's `model`
/deployments/NAME/ROUTE     one deployment
/ROUTE at a deployment's host
"""

from collections.abc import Mapping, Sequence
from typing import Final

from zaffre.api.inference.chat import chat
from zaffre.api.inference.completions import completions
from zaffre.api.inference.embeddings import embeddings, image_embeddings
from zaffre.api.inference.info import info
from zaffre.api.place import Endpoint, Place
from zaffre.core.surface import Surface

_ROUTES: Final[Mapping[str, Mapping[str, Endpoint]]] = {
    "chat/completions": {"POST": chat},
    "completions": {"POST": completions},
    "embeddings": {"POST": embeddings},
    "images/embeddings": {"POST": image_embeddings},
    "info": {"GET": info},
}
EXACT: Final = {f"/models/{route}": Place(Surface.INFERENCE, methods) for route, methods in _ROUTES.items()}


def find(steps: Sequence[str]) -> Place | None:
    """The place at a path's steps, percent-decoded."""
    match steps:
        case [first, *route] if first.lower() == "models":
            return below(route, None)
        case [first, name, *route] if first.lower() == "deployments":
            return below(route, name)
    return None


def below(route: Sequence[str], deployment: str | None) -> Place | None:
    """The place of a route below a deployment's own address, or below `/models`."""
    methods = _ROUTES.get("/".join(route).lower())
    return None if methods is None else Place(Surface.INFERENCE, methods, deployment)
