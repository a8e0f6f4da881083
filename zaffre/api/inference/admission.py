"""What every route of this API does first: who calls, which deployment, which fields. And what it says in the end."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from msgspec import ValidationError
from msgspec.json import Decoder

from zaffre.api.annotations import annotated
from zaffre.api.door import Door
from zaffre.api.headers import EVENT_STREAM, JSON, answer_headers, extras_policy, require_json
from zaffre.api.limits import call_lines, spillover_of
from zaffre.core.errors import BadRequest, Complaint, InvalidParameters, NoModelName
from zaffre.core.surface import Surface
from zaffre.gateway.call import Call
from zaffre.gateway.fields import Fields, fields_of
from zaffre.gateway.parameters import Operation, R
from zaffre.net.http import Request, Response

DEPLOYMENT_HEADER: Final = b"azureml-model-deployment"
MESH_HEADER: Final = b"x-ms-model-mesh-model-name"
_text: Final = Decoder(str)


def admit(door: Door, request: Request, deployment: str | None, operation: Operation[R]) -> Call[R]:
    """The call behind a POST.

    Args:
        deployment: whose single-model address this is; None under `/models`.

    Raises:
        Any refusal of `gateway.admit`, Unauthorized, UnsupportedMediaType, BadRequest, NoModelName
    """
    principal = door.principal(request, Surface.INFERENCE)
    require_json(request)
    extras = extras_policy(request)
    try:
        fields = fields_of(request.body)
        name = named(request, deployment, None if deployment else model_of(fields))
        if not name:
            raise NoModelName
        return door.gateway.admit(principal, name, operation, request.body, fields, extras, spillover_of(request))
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.") from None


def named(request: Request, deployment: str | None, model: str | None) -> str:
    """The name of the deployment that a request is for, "" where nothing names one.

    Args:
        deployment: whose single-model address this is; None under `/models`.
        model: what the request says itself, in its body or query; it counts under `/models` only.
    """
    if deployment:
        return request.header(DEPLOYMENT_HEADER) or deployment
    return model or request.header(DEPLOYMENT_HEADER) or request.header(MESH_HEADER)


def model_of(fields: Fields) -> str | None:
    """What a body says of its model. Raises InvalidParameters."""
    raw = fields.get("model")
    if raw is None:
        return None
    try:
        return _text.decode(raw)
    except ValidationError:
        raise InvalidParameters([Complaint("string_type", ["body", "model"], "Expected a string.", raw)]) from None


def answer_to(call: Call[Any], request: Request, body: bytes | AsyncGenerator[bytes, None]) -> Response:
    """The answer to a call: whole, or piece by piece."""
    headers = answer_headers(request, JSON if isinstance(body, bytes) else EVENT_STREAM)
    if call.annotations is not None and isinstance(body, bytes):
        body = annotated(body, call.annotations)
    if call.spilled_from:
        headers.append((b"x-ms-deployment-name", call.deployment.name.encode("ascii", "replace")))
    return Response(200, headers, body, lines=call_lines(call))
