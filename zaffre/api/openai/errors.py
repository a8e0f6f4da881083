"""Errors as the Azure OpenAI and OpenAI v1 surfaces write them.

Azure's gateway (keys, addresses, limits, failures) says `code` and `message`; what judges a request says OpenAI's
`message`, `type`, `param`, `code`. The published SDKs choose their exception by status alone.
"""

from typing import Any, Final

import msgspec

from zaffre.api.door import Manners
from zaffre.api.headers import advice
from zaffre.api.openai.headers import openai_headers
from zaffre.api.openai.versions import version_of
from zaffre.core.errors import (
    BadRequest,
    Complaint,
    GatewayError,
    InputFiltered,
    InvalidParameters,
    InvalidToken,
    LimitReached,
    MethodNotAllowed,
    NoSuchObject,
    PermissionDenied,
    PromptFiltered,
    RateLimited,
    RouteNotServed,
    Unauthorized,
    UnknownModel,
    UpstreamRejected,
)
from zaffre.net.http import Request, Response

_NO_KEY: Final = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
_INVALID: Final = "Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired."
_NO_DEPLOYMENT: Final = (
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
    "please wait a moment and try again."
)
_FILTERED: Final = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify "
    "your prompt and retry."
)
_OPERATIONS: Final = {
    "chat/completions": "ChatCompletions_Create",
    "completions": "Completions_Create",
    "embeddings": "Embeddings_Create",
    "responses": "Responses_Create",
}
"""Azure's names of what is limited, by the end of the path."""
_CODES: Final = {
    "missing": "missing_required_parameter",
    "parameter_not_supported": "unsupported_parameter",
    "extra_forbidden": "unknown_parameter",
}
"""The kinds of complaints, as OpenAI names them. Any other is `invalid_value`."""


def openai_error(error: GatewayError, request: Request, manners: Manners) -> Response:
    """The error as these surfaces write it."""
    status = 400 if isinstance(error, InvalidParameters | RouteNotServed) else error.status
    headers = openai_headers(request, manners) + advice(error)
    written = error_object(error)
    if isinstance(error, LimitReached):
        written = _by_gateway(error.code, _over_limit(error, request, manners))
    return Response(status, headers, msgspec.json.encode({"error": written}))


def error_object(error: GatewayError) -> dict[str, Any]:
    """What stands under `error`."""
    match error:
        case InvalidParameters():
            return _about_field(error)
        case InputFiltered():
            return _input_filtered(error)
        case PromptFiltered():
            return _filtered(error)
        case Unauthorized():
            return _unauthorized(error)
        case RouteNotServed():
            return _by_gateway("OperationNotSupported", _not_for_model(error))
        case UnknownModel():
            return _by_gateway("DeploymentNotFound", _NO_DEPLOYMENT)
        case NoSuchObject():
            return _by_openai(error.message, None, None)
        case RateLimited():
            return _by_gateway("429", error.message)
        case BadRequest() | UpstreamRejected():
            code = None if error.code == BadRequest.code else error.code
            return _by_openai(error.message, error.param, code)
        case MethodNotAllowed():
            return _by_openai(error.message, None, "method_not_allowed")
        case _:
            return _by_gateway(error.code, error.message)


def _over_limit(error: LimitReached, request: Request, manners: Manners) -> str:
    """What Azure says of a limit, without its pricing tiers. Clients look for the seconds in it."""
    words = request.path.lower().rstrip("/").rsplit("/", 2)
    operation = _OPERATIONS.get("/".join(words[-2:])) or _OPERATIONS.get(words[-1])
    version = version_of(request)
    under = f" under Azure OpenAI API version {version}" if version else ""
    asked = f"This request was for {operation}{under}. " if operation else ""
    return (
        f"Your requests to {error.deployment} in {manners.region} have exceeded the {error.kind} rate limit of the "
        f"deployment. {asked}Please retry after {error.seconds} seconds."
    )


def _unauthorized(error: Unauthorized) -> dict[str, Any]:
    if isinstance(error, PermissionDenied):
        return _by_gateway(error.code, error.message)
    return _by_gateway("401", _INVALID if isinstance(error, InvalidToken) else _NO_KEY)


def _by_gateway(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def _by_openai(message: str, param: str | None, code: str | None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def _about_field(error: InvalidParameters) -> dict[str, Any]:
    found = error.complaints[0]
    param = _path(found)
    code = _CODES.get(found.type, "invalid_value")
    if code == "missing_required_parameter":
        return _by_openai(f"Missing required parameter: '{param}'.", param, code)
    if code == "invalid_value":
        return _by_openai(f"Invalid value for '{param}': {found.msg}" if param else found.msg, param, code)
    return _by_openai(found.msg, param, code)


def _path(found: Complaint) -> str | None:
    """The complaint's place, as `messages[0].role`."""
    steps = found.loc[1:]
    return "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in steps).removeprefix(".") or None


def _filtered(error: PromptFiltered) -> dict[str, Any]:
    inner = {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": error.results,
        "content_filter_results": error.results,
    }
    return {
        "message": error.told or _FILTERED,
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": inner,
    }


def _input_filtered(error: InputFiltered) -> dict[str, Any]:
    found = {
        "blocked": True,
        "source_type": "prompt",
        "content_filter_raw": [],
        "content_filter_results": error.results,
        "content_filter_offsets": {"start_offset": 0, "end_offset": 0, "check_offset": 0},
    }
    return _by_openai(error.told or _FILTERED, "prompt", "content_filter") | {"content_filters": [found]}


def _not_for_model(error: RouteNotServed) -> str:
    if not error.operation:
        return error.message
    return (
        f"The {error.operation} operation does not work with the specified model, {error.model}. "
        "Please choose different model and try again."
    )
