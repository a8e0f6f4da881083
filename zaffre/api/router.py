"""Path -> endpoint, one table. Exact paths by dict; what the dict does not hold is resolved once, slowly.

Addresses of the Inference API, route words and names in any letter case:

    /models/ROUTE                          routed by the body's `model`
    /deployments/NAME/ROUTE                one deployment; the same below .../v1
    /ROUTE at NAME.DOMAIN or its own host  one deployment; the same below /v1
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from zaffre.api.errors import inference_error
from zaffre.api.headers import answer_headers
from zaffre.api.inference.chat import chat
from zaffre.api.inference.completions import completions
from zaffre.api.inference.door import Door
from zaffre.api.inference.embeddings import embeddings, image_embeddings
from zaffre.api.inference.info import info
from zaffre.core.errors import Cut, GatewayError, MethodNotAllowed, NotFound
from zaffre.net.http import Hangup, Request, Response

logger = logging.getLogger(__name__)

Endpoint = Callable[[Door, Request, str | None, bool], Awaitable[Response]]


class Route(Struct, frozen=True):
    """An endpoint at an address."""

    method: str
    endpoint: Endpoint
    deployment: str | None = None
    """Whose single-model address it is."""
    native: bool = False
    """Below `/v1` of a single-model address."""


ENDPOINTS: Final[Mapping[str, tuple[str, Endpoint]]] = {
    "/chat/completions": ("POST", chat),
    "/completions": ("POST", completions),
    "/embeddings": ("POST", embeddings),
    "/images/embeddings": ("POST", image_embeddings),
    "/info": ("GET", info),
}
_MODELS: Final = {f"/models{path}": Route(method, endpoint) for path, (method, endpoint) in ENDPOINTS.items()}


class Router:
    """Finds the route of a request and answers it, errors included."""

    def __init__(self, door: Door, hosts: Mapping[str, str], domains: Iterable[str]) -> None:
        """
        Args:
            hosts: host name (lower case) -> deployment.
            domains: domains (lower case) below which the first label is a deployment's name.
        """
        self._door = door
        self._hosts = hosts
        self._domains = tuple(f".{domain}" for domain in domains)

    async def answer(self, request: Request) -> Response:
        """The answer to any request. Raises Hangup only, where a script asks for a cut connection."""
        try:
            route = _MODELS.get(request.path) or self._find(request)
            if request.method != route.method and not (request.method == "HEAD" and route.method == "GET"):
                raise MethodNotAllowed(route.method)
            return await route.endpoint(self._door, request, route.deployment, route.native)
        except Cut:
            raise Hangup from None
        except GatewayError as error:
            return inference_error(error, request)
        except Exception:
            # The traceback names our own code; the request's content stays out of the log.
            logger.exception("A request to a known route failed.")
            return inference_error(GatewayError(), request)

    def _find(self, request: Request) -> Route:
        path = unquote(request.path).lower().removesuffix("/")
        route = _MODELS.get(path) or _single(path) or self._by_host(path, request)
        if route is None:
            raise NotFound
        return route

    def _by_host(self, path: str, request: Request) -> Route | None:
        host = request.header(b"host").rsplit(":", 1)[0].rstrip(".").lower()
        deployment = self._hosts.get(host) or self._label(host)
        return _below(path, deployment) if deployment else None

    def _label(self, host: str) -> str | None:
        for domain in self._domains:
            if host.endswith(domain):
                return host.removesuffix(domain)
        return None


def _single(path: str) -> Route | None:
    if not path.startswith("/deployments/"):
        return None
    name, slash, rest = path.removeprefix("/deployments/").partition("/")
    return _below(slash + rest, name) if name else None


def _below(path: str, deployment: str) -> Route | None:
    native = path.startswith("/v1/")
    found = ENDPOINTS.get(path.removeprefix("/v1") if native else path)
    return Route(*found, deployment, native) if found else None


def health(request: Request, ready: bool) -> Response | None:
    """Liveness and readiness, without a key; None for every other path."""
    if request.path == "/health/live":
        return Response(200, answer_headers(request), msgspec.json.encode({"status": "live"}))
    if request.path == "/health/ready":
        status = 200 if ready else 503
        word = "ready" if ready else "not ready"
        return Response(status, answer_headers(request), msgspec.json.encode({"status": word}))
    return None
