"""GET /metrics: figures for Prometheus, to those on this machine, and to those who manage."""

from collections.abc import Callable

from zaffre.api.errors import inference_error
from zaffre.api.headers import answer_headers
from zaffre.api.principal import manager_of
from zaffre.auth.keys import Keys
from zaffre.core.errors import MethodNotAllowed, Unauthorized
from zaffre.net.http import Request, Response

PATH = "/metrics"
_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


def figures(request: Request, written: Callable[[], bytes], management_keys: Keys) -> Response:
    """The figures, or a refusal to whoever asks from elsewhere without a management key. What a proxy on this machine
    hands on is from there."""
    if request.method not in ("GET", "HEAD"):
        return inference_error(MethodNotAllowed("GET"), request)
    handed_on = b"x-forwarded-for" in request.headers or b"forwarded" in request.headers
    if (not request.local or handed_on) and not _manages(request, management_keys):
        refusal = "Metrics are shown on this machine, and to those who bring a management key."
        return inference_error(Unauthorized(refusal), request)
    return Response(200, answer_headers(request, _TEXT), written())


def _manages(request: Request, keys: Keys) -> bool:
    try:
        return bool(manager_of(request, keys))
    except Unauthorized:
        return False
