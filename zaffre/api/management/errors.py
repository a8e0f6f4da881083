"""Errors as Azure Resource Manager writes them."""

from typing import Any

import msgspec

from zaffre.api.headers import advice, answer_headers
from zaffre.api.management.shape import WORDS
from zaffre.core.errors import GatewayError, InvalidResource, PermissionDenied, RequestDisallowedByPolicy
from zaffre.net.http import Request, Response


def management_error(error: GatewayError, request: Request) -> Response:
    """The error as this surface writes it."""
    written: dict[str, Any] = {"code": error.code, "message": error.message, "details": [], "additionalInfo": []}
    if error.param:
        written["target"] = error.param
    status = error.status
    if isinstance(error, PermissionDenied):
        status, written["code"] = 403, "AuthorizationFailed"
    if isinstance(error, InvalidResource):
        mistakes = [_in_its_words(mistake) for mistake in error.mistakes]
        written["message"] = InvalidResource(error.kind, error.param or "", mistakes).message
        written["details"] = [{"code": error.code, "message": mistake} for mistake in mistakes]
    if isinstance(error, RequestDisallowedByPolicy):
        info = {"policyDefinitionDisplayName": error.policy, "evaluationDetails": error.fields}
        written["additionalInfo"] = [{"type": "PolicyViolation", "info": info}]
    headers = answer_headers(request)
    headers.append((b"x-ms-error-code", written["code"].encode("ascii", "replace")))
    return Response(status, headers + advice(error), msgspec.json.encode({"error": written}))


def _in_its_words(mistake: str) -> str:
    """A mistake whose key is one of the configuration file, as the sender of a PUT knows it."""
    key, colon, rest = mistake.partition(": ")
    return f"{WORDS[key]}{colon}{rest}" if key in WORDS else mistake
