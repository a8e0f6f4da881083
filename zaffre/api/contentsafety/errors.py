"""Errors as Azure AI Content Safety writes them: `{"error": {"code", "message"}}`, and the code in a header, too."""

from typing import Any, Final

import msgspec

from zaffre.api.headers import advice, answer_headers
from zaffre.core.errors import (
    BadRequest,
    GatewayError,
    InvalidToken,
    NoSuchResource,
    NotFound,
    PermissionDenied,
    RateLimited,
    Unauthorized,
)
from zaffre.net.http import Request, Response

INVALID_BODY: Final = "InvalidRequestBody"
_NO_KEY: Final = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
_BY_STATUS: Final = {500: "InternalError", 503: "ServerBusy"}


def content_safety_error(error: GatewayError, request: Request) -> Response:
    """The error as this API writes it."""
    code = _code(error)
    written: dict[str, Any] = {"code": code, "message": _message(error)}
    if error.param:
        written["target"] = error.param
    headers = answer_headers(request)
    headers.append((b"x-ms-error-code", code.encode("ascii", "replace")))
    return Response(error.status, headers + advice(error), msgspec.json.encode({"error": written}))


def _code(error: GatewayError) -> str:
    match error:
        case PermissionDenied() | NoSuchResource():
            return error.code
        case Unauthorized():
            return "401"
        case NotFound():
            return "404"
        case RateLimited():
            return "TooManyRequests"
        case BadRequest() if error.code == BadRequest.code:
            return INVALID_BODY
    return _BY_STATUS.get(error.status, error.code)


def _message(error: GatewayError) -> str:
    is_key = isinstance(error, Unauthorized) and not isinstance(error, InvalidToken | PermissionDenied)
    return _NO_KEY if is_key else error.message
