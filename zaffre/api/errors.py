"""The error tree -> bytes, as the Inference API writes it. Each surface has one such renderer; nobody else says no in
HTTP."""

from typing import Any

import msgspec

from zaffre.api.headers import advice, answer_headers
from zaffre.core.errors import (
    ExtraParameters,
    GatewayError,
    InvalidParameters,
    PromptFiltered,
)
from zaffre.net.http import Request, Response


def inference_error(error: GatewayError, request: Request) -> Response:
    """The error as the Inference API writes it."""
    headers = answer_headers(request)
    headers.append((b"x-ms-error-code", _header_safe(error.code)))
    return Response(error.status, headers + advice(error), msgspec.json.encode(_inference_body(error)))


def bare_error(error: GatewayError) -> Response:
    """The error where no request could be read."""
    return inference_error(error, Request("", "", "", {}))


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
