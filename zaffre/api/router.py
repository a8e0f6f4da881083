"""Path -> place, one table for each surface. Exact paths by dict; what the dict does not hold is resolved once, slowly.

Words in addresses and names of deployments are taken in any letter case, and percent-decoded once.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import msgspec

from zaffre.api.contentsafety import addresses as contentsafety
from zaffre.api.contentsafety.errors import content_safety_error
from zaffre.api.door import Door
from zaffre.api.errors import inference_error
from zaffre.api.foundry import addresses as foundry
from zaffre.api.headers import answer_headers
from zaffre.api.identity import addresses as identity
from zaffre.api.inference import addresses as inference
from zaffre.api.management import addresses as management
from zaffre.api.management.errors import management_error
from zaffre.api.openai import addresses as openai
from zaffre.api.openai.errors import openai_error
from zaffre.api.openai.versions import version_of
from zaffre.api.place import Endpoint, Place
from zaffre.auth.failures import Unchecked
from zaffre.core.deployment import AnsweredElsewhere
from zaffre.core.errors import Cut, GatewayError, MethodNotAllowed, NotFound
from zaffre.core.surface import Surface
from zaffre.net.http import Hangup, Request, Response

logger = logging.getLogger(__name__)

_EXACT: Final = inference.EXACT | openai.EXACT
_OPENAIS: Final = ("/openai/", "/v1/", "/api/projects/")


class Router:
    """Finds the place of a request and answers it, errors included."""

    def __init__(
        self,
        door: Door,
        hosts: Mapping[str, str],
        domains: Iterable[str],
        hand_on: Callable[[Request], Awaitable[Response]] | None = None,
    ) -> None:
        """
        Args:
            hosts: host name (lower case) -> deployment.
            domains: domains (lower case) below which the first label is a deployment's name.
            hand_on: has another process of this server answer, for deployments that are answered elsewhere.
        """
        self._hand_on = hand_on
        self._door = door
        self._hosts = hosts
        self._domains = tuple(f".{domain}" for domain in domains)

    async def answer(self, request: Request) -> Response:
        """The answer to any request. Raises Hangup only, where a script asks for a cut connection."""
        place: Place | None = None
        try:
            place = self._place(request)
            endpoint = _endpoint(place, request.method)
            try:
                return await endpoint(self._door, request, place)
            except (Unchecked, AnsweredElsewhere) as first:
                return await self._after(first, endpoint, request, place)
        except Cut:
            raise Hangup from None
        except GatewayError as error:
            return self._refused(error, request, place)
        except Exception:
            # The traceback names our own code; the request's content stays out of the log.
            logger.exception("A request to a known route failed.")
            return self._refused(GatewayError(), request, place)

    async def _after(
        self, first: Unchecked | AnsweredElsewhere, endpoint: Endpoint, request: Request, place: Place
    ) -> Response:
        """The answer to a request that cannot be answered at once: its token is still to be checked, or the answer is
        another process's."""
        try:
            if isinstance(first, AnsweredElsewhere):
                raise first
            # It has asked for nothing but who calls, so it can begin again. Keys and known tokens never wait.
            await self._door.check(first)
            return await endpoint(self._door, request, place)
        except AnsweredElsewhere:
            if self._hand_on is None:
                raise
            return await self._hand_on(request)

    def _refused(self, error: GatewayError, request: Request, place: Place | None) -> Response:
        surface = place.surface if place else _surface_of(request.path)
        if surface is Surface.INFERENCE:
            return inference_error(error, request)
        if surface is Surface.CONTENT_SAFETY:
            return content_safety_error(error, request)
        if surface is Surface.MANAGEMENT:
            return management_error(error, request)
        return openai_error(error, request, self._door.manners)

    def _place(self, request: Request) -> Place:
        place = _EXACT.get(request.path) or self._find(request)
        if place is None:
            raise NotFound
        return place

    def _find(self, request: Request) -> Place | None:
        steps = [unquote(step) for step in request.path.split("/") if step]
        deployment = self._of_host(request)
        return (
            (_below(steps, deployment) if deployment else None)
            or (_below(steps[2:], steps[1]) if len(steps) > 2 and steps[0].lower() == "deployments" else None)
            or inference.find(steps)
            or foundry.find(steps)
            or openai.find(steps, bool(version_of(request)))
            or contentsafety.find(steps)
            or management.find(steps)
            or identity.find(steps)
        )

    def _of_host(self, request: Request) -> str | None:
        """The deployment that the host name addresses."""
        host = request.headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0].rstrip(".").lower()
        found = self._hosts.get(host)
        if found:
            return found
        for domain in self._domains:
            if host.endswith(domain):
                return host.removesuffix(domain)
        return None


def _surface_of(path: str) -> Surface:
    """Whose errors tell of an address that there is not."""
    path = path.lower()
    if path.startswith("/contentsafety/"):
        return Surface.CONTENT_SAFETY
    if path.startswith("/subscriptions/"):
        return Surface.MANAGEMENT
    return Surface.V1 if path.startswith(_OPENAIS) else Surface.INFERENCE


def _below(steps: Sequence[str], deployment: str) -> Place | None:
    """The place below a deployment's own address: of the Inference API, or of v1 below `/v1`."""
    if steps and steps[0].lower() == "v1":
        return openai.below_v1(steps[1:], deployment) or inference.below(steps[1:], deployment)
    return inference.below(steps, deployment)


def _endpoint(place: Place, method: str) -> Endpoint:
    methods = place.methods
    found = methods.get(method) or (methods.get("GET") if method == "HEAD" else None)
    if found is None:
        raise MethodNotAllowed(", ".join(methods))
    return found


def health(request: Request, ready: bool) -> Response | None:
    """Liveness and readiness, without a key; None for every other path."""
    if request.path == "/health/live":
        return Response(200, answer_headers(request), msgspec.json.encode({"status": "live"}))
    if request.path == "/health/ready":
        status = 200 if ready else 503
        word = "ready" if ready else "not ready"
        return Response(status, answer_headers(request), msgspec.json.encode({"status": word}))
    return None
