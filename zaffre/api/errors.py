"""The error tree -> bytes. One renderer per surface; nobody else says no in HTTP.

Retry-After goes with 429 and 503 only: azure-core retries any status that carries it.
"""

import math
from typing import Any, Final

import msgspec

from zaffre.api.headers import answer_headers
from zaffre.core.errors import (
    ExtraParameters,
    GatewayError,
    InvalidParameters,
    MethodNotAllowed,
    PromptFiltered,
)
from zaffre.net.http import HeaderList, Request, Response

_MAY_COME_BACK: Final = frozenset({429, 503})


def inference_error(error: GatewayError, request: Request) -> Response:
    """The error as the Inference API writes it."""
    headers = answer_headers(request)
    headers.append((b"x-ms-error-code", _header_safe(error.code)))
    return Response(error.status, headers + _advice(error), msgspec.json.encode(_inference_body(error)))


def bare_error(error: GatewayError) -> Response:
    """The error where no request could be read."""
    return inference_error(error, Request("", "", "", {}))


def _advice(error: GatewayError) -> HeaderList:
    if isinstance(error, MethodNotAllowed):
        return [(b"allow", error.allowed.encode())]
    if error.status in _MAY_COME_BACK:
        return [(b"retry-after", b"%d" % max(1, math.ceil(error.retry_after or 1)))]
    return []


def _inference_body(error: GatewayError) -> dict[str, Any]:
    inner: dict[str, Any] = {"code": error.code, "message": error.message, "status": error.status}
    body: dict[str, Any] = {"error": inner}
    match error:
        case InvalidParameters():
            inner["details"] = [
                {"code": found.type, "target": ".".join(found.loc), "message": found.msg} for found in error.complaints
            ]
            # The reference's own code joins `loc` of a list at the top; azure-core reads `error`.
            body |= {"status": error.status, "code": error.code, "message": error.message, "detail": error.complaints}
        case ExtraParameters():
            body["detail"] = error.message
        case PromptFiltered():
            inner |= {"type": None, "param": error.param}
            inner["innererror"] = {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": error.results,
            }
        case _ if error.param:
            inner["target"] = error.param
    return body


def _header_safe(code: str) -> bytes:
    return "".join(letter for letter in code if letter.isascii() and letter.isprintable()).encode()[:128]
