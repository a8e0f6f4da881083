"""What every route of this API does first: who calls, which deployment, which fields."""

from typing import Final

from msgspec import DecodeError, json

from zaffre.api.headers import answer_headers, extras_policy, require_json
from zaffre.api.principal import principal_of
from zaffre.auth.keys import Keys
from zaffre.core.deployment import Principal
from zaffre.core.errors import Complaint, InvalidParameters, NoModelName
from zaffre.gateway.gateway import Call, Gateway
from zaffre.gateway.parameters import Extras, Fields, Operation, R, fields_of
from zaffre.net.http import Request, Response

DEPLOYMENT_HEADER: Final = b"azureml-model-deployment"
MESH_HEADER: Final = b"x-ms-model-mesh-model-name"


class Door:
    """The way in for one set of keys and deployments."""

    def __init__(self, gateway: Gateway, keys: Keys) -> None:
        self.gateway = gateway
        self.keys = keys

    def principal(self, request: Request) -> Principal:
        return principal_of(request, self.keys)

    def admit(self, request: Request, deployment: str | None, native: bool, operation: Operation[R]) -> Call[R]:
        """The call behind a POST.

        Args:
            deployment: whose single-model address this is; None under `/models`.
            native: below `/v1` of a single-model address, where unknown fields are the model's own business.

        Raises:
            Any refusal of `gateway.admit`, Unauthorized, UnsupportedMediaType, BadRequest, NoModelName
        """
        principal = self.principal(request)
        require_json(request)
        extras = Extras.PASS_THROUGH if native else extras_policy(request)
        fields = fields_of(request.body)
        name = _single(request, deployment) if deployment else _routed(request, fields)
        return self.gateway.admit(principal, name, operation, request.body, fields, extras)


def _single(request: Request, deployment: str) -> str:
    """At a single-model address: that deployment, or another one that the header names."""
    return request.header(DEPLOYMENT_HEADER) or deployment


def _routed(request: Request, fields: Fields) -> str:
    """Under `/models`: the body's `model`, else one of the headers."""
    name = _named(fields) or request.header(DEPLOYMENT_HEADER) or request.header(MESH_HEADER)
    if not name:
        raise NoModelName
    return name


def _named(fields: Fields) -> str | None:
    raw = fields.get("model")
    if raw is None:
        return None
    try:
        return json.decode(raw, type=str)
    except DecodeError:
        value = json.decode(raw)
        raise InvalidParameters([Complaint("string_type", ["body", "model"], "Expected a string.", value)]) from None


def answered(request: Request, body: bytes) -> Response:
    return Response(200, answer_headers(request), body)
