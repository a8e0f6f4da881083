"""Every way to say no.

    GatewayError                    500
    ├── BadRequest                  400  the body or a header cannot be read
    │   ├── ExtraParameters         400  names the API does not know, under the policy `error`
    │   ├── UnknownParameters       400  names that neither OpenAI's API nor the model knows
    │   ├── NoModelName             400
    │   ├── InvalidResource         400  a deployment or another resource that cannot be as it is said to be
    │   ├── ContextOverflow         400  more than the model's context holds
    │   └── PromptFiltered          400  content safety stopped the prompt
    │       └── InputFiltered       400  the same, of a response's input
    ├── Unauthorized                401
    │   ├── InvalidToken            401  a JSON Web Token that proves nothing
    │   └── PermissionDenied        401  a good one, of somebody who may not use this surface
    ├── IssuerUnreachable           503  nobody can say yet whether a token is good
    ├── RequestDisallowedByPolicy   403  a deployment that there may not be
    ├── NotFound                    404  no such address
    │   ├── UnknownModel            404  no such deployment
    │   ├── NoSuchObject            404  nothing is kept under that id
    │   ├── NoSuchResource          404  no deployment, connection, key, … of that name to manage
    │   └── RouteNotServed          404  the deployment does not serve this route
    ├── MethodNotAllowed            405
    ├── ModelRetired                410  the deployment's model is no longer there
    ├── ResourceConflict            409  something else has to change first
    │   └── DeclaredInFile          409  what the configuration file declares is changed there
    ├── PreconditionFailed          412  it has changed since the caller read it
    ├── BodyTooLarge                413
    ├── UnsupportedMediaType        415
    ├── InvalidParameters           422  a wrong type or a value out of range
    │   └── UnsupportedParameters   422  known to the API, beyond this model
    ├── RateLimited                 429
    │   └── LimitReached            429  the deployment's own limit
    ├── NotScreened                 503  content safety could not say, and nothing is answered without
    ├── StoreFailed                 500  what is kept cannot be reached
    └── UpstreamError               502  the backend could not answer
        ├── UpstreamRejected             its own 400, 413 or 422, passed on
        ├── UpstreamMisconfigured   502  it refused our credential or address: ours to mend, not the caller's
        ├── Overloaded              503  busy, or still loading
        ├── ClassifierFailed        503  a classifier of content safety gave no verdict
        ├── UpstreamTimeout         504
        └── Cut                          the connection breaks, on purpose

`status`, `code` and `retryable` are class attributes, the docstring is the default message. Nothing below the
surfaces knows HTTP bodies: `api.errors` turns these into bytes, once per surface.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from msgspec import Struct

from zaffre.core.chat import Usage
from zaffre.core.limits import Standing


class GatewayError(Exception):
    """The server could not answer this request."""

    status: int = 500
    code: str = "InternalServerError"
    retryable: ClassVar[bool] = False
    worked: ClassVar[bool] = False
    """Whether the backend may have worked before it failed, so that nobody knows what the call used."""
    used: Usage | None = None
    """What the call took all the same."""
    standing: Standing | None = None
    """How the deployment's rate limit stands, where one had let the call in or refused it."""
    spillover_error: int | None = None
    """The status with which another deployment failed, too, to which the call spilled over."""

    def __init__(
        self,
        message: str | None = None,
        *,
        param: str | None = None,
        retry_after: float | None = None,
        status: int | None = None,
        code: str | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.param = param
        self.retry_after = retry_after
        """Seconds; shown only with 429 and 503, where clients expect it."""
        if status is not None:
            self.status = status
        if code is not None:
            self.code = code
        super().__init__(self.message)


class BadRequest(GatewayError):
    """The request body is not valid JSON."""

    status = 400
    code = "BadRequest"


class ExtraParameters(BadRequest):
    """Names the API does not know, while `extra-parameters` is `error`."""

    code = "extra_parameters_not_allowed"

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(f"'{name}'" for name in names)
        super().__init__(
            f"Extra parameters [{listed}] are not allowed when extra-parameters is not set or set to be 'error'. "
            "Set extra-parameters to 'pass-through' to pass to the model.",
            param=names[0],
        )
        self.names = list(names)


class UnknownParameters(BadRequest):
    """Names that the surface does not know, and nothing behind it either."""

    code = "unknown_parameter"

    def __init__(self, names: Sequence[str]) -> None:
        plural = "s" if len(names) > 1 else ""
        super().__init__(f"Unrecognized request argument{plural} supplied: {', '.join(names)}", param=names[0])


class NoModelName(BadRequest):
    """No model specified in request. Please provide a model name in the request body or as a x-ms-model-mesh-model-name header."""  # noqa: E501

    code = "no_model_name"


class InvalidResource(BadRequest):
    """The resource cannot be as it is said to be."""

    code = "InvalidResourceProperties"

    def __init__(self, kind: str, name: str, mistakes: Sequence[str]) -> None:
        """
        Args:
            mistakes: a sentence each.
        """
        super().__init__(f"The {kind} '{name}' cannot be kept: {'; '.join(mistakes)}.", param=name)
        self.kind = kind
        self.mistakes = tuple(mistakes)


class ContextOverflow(BadRequest):
    """The request is longer than the model's context."""

    code = "context_length_exceeded"

    def __init__(self, message: str | None = None, *, param: str = "messages") -> None:
        super().__init__(message, param=param)


class PromptFiltered(BadRequest):
    """The response was filtered due to the prompt triggering Microsoft's content management policy. Please modify your prompt and retry."""  # noqa: E501

    code = "content_filter"

    def __init__(self, results: Mapping[str, Any] | None = None, told: str | None = None) -> None:
        """
        Args:
            told: what the author of the prompt is told instead of the usual message.
        """
        super().__init__(told, param="prompt")
        self.told = told
        self.results = dict(results or {})
        """Category -> {filtered, severity | detected}; empty where no classifier spoke."""


class InputFiltered(PromptFiltered):
    """The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry."""  # noqa: E501


class Unauthorized(GatewayError):
    """Auth token validation failed. Access token is missing, invalid, or has expired."""

    status = 401
    code = "Unauthorized"


class InvalidToken(Unauthorized):
    """Auth token validation failed. Access token is missing, invalid, or has expired."""


class PermissionDenied(Unauthorized):
    """Principal does not have access to API/Operation."""

    code = "PermissionDenied"


class IssuerUnreachable(GatewayError):
    """The access token cannot be checked at this time, because its issuer cannot be reached."""

    status = 503
    code = "ServiceUnavailable"
    retryable = True


class NotFound(GatewayError):
    """Resource not found"""

    status = 404
    code = "404"


class UnknownModel(NotFound):
    """No deployment of that name."""

    code = "unknown_model"

    def __init__(self, name: str) -> None:
        super().__init__(f"Unknown model: {name}", param="model")


class NoSuchObject(NotFound):
    """Nothing is kept under that id."""

    code = "not_found"

    def __init__(self, kind: str, unique: str) -> None:
        super().__init__(f"{kind} with id '{unique}' not found.")


class NoSuchResource(NotFound):
    """There is nothing of that name to manage."""

    code = "ResourceNotFound"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is no {kind} '{name}'.", param=name)


class RouteNotServed(NotFound):
    """Not found: the model does not serve this route."""

    code = "modality_not_supported"

    def __init__(self, message: str | None = None, *, operation: str = "", model: str = "") -> None:
        super().__init__(message)
        self.operation = operation
        """Azure's name of what was asked for."""
        self.model = model


class RequestDisallowedByPolicy(GatewayError):
    """A policy does not allow a deployment like this."""

    status = 403
    code = "RequestDisallowedByPolicy"

    def __init__(self, target: str, policy: str, reason: str, fields: Mapping[str, str]) -> None:
        """
        Args:
            target: the deployment.
            policy: the rule's name.
            reason: what it minds of the deployment, and the rule's message.
            fields: keys of the deployment that it minds, with their values; empty: not said.
        """
        super().__init__(f"Resource '{target}' was disallowed by policy '{policy}': {reason}.", param=target)
        self.target = target
        self.policy = policy
        self.fields = dict(fields)


class ModelRetired(GatewayError):
    """The model of this deployment was retired."""

    # Azure's answer for such a deployment: https://github.com/epam/ai-dial-chat/issues/4403
    status = 410
    code = "ModelDeprecated"

    def __init__(self, deployment: str, model: str, since: date) -> None:
        """
        Args:
            model: its name and version.
            since: the first day without it.
        """
        super().__init__(
            f"The model of the deployment '{deployment}', {model}, was retired on {since} and is no longer available. "
            "Use another deployment."
        )


class MethodNotAllowed(GatewayError):
    """Method not allowed."""

    status = 405
    code = "MethodNotAllowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Method not allowed. Allowed: {allowed}.")
        self.allowed = allowed


class ResourceConflict(GatewayError):
    """Something else has to change first."""

    status = 409
    code = "Conflict"


class DeclaredInFile(ResourceConflict):
    """The configuration file declares it, and it is changed there."""

    code = "DeclaredInFile"

    def __init__(self, kind: str, name: str, where: str) -> None:
        """
        Args:
            where: the file and the line.
        """
        super().__init__(f"The {kind} '{name}' is declared in {where}, and can be changed only there.", param=name)


class PreconditionFailed(GatewayError):
    """It has changed since the caller read it."""

    status = 412
    code = "PreconditionFailed"

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"The {kind} '{name}' is not as the precondition has it.", param=name)


class BodyTooLarge(GatewayError):
    """The request body is larger than this server accepts."""

    status = 413
    code = "RequestEntityTooLarge"


class UnsupportedMediaType(GatewayError):
    """The request body must be application/json."""

    status = 415
    code = "UnsupportedMediaType"


class Complaint(Struct, frozen=True):
    """What is wrong with one field: an item of a 422's `detail`."""

    type: str
    loc: list[str]
    """Strings only, since clients join them with "."; the first is "body"."""
    msg: str
    input: Any
    """The value as sent: JSON itself as `Raw`, or what it decodes to."""


class InvalidParameters(GatewayError):
    """One of the parameters contain invalid values."""

    status = 422
    code = "invalid_parameter"

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(param=".".join(complaints[0].loc[1:]) or None)
        self.complaints = list(complaints)


class UnsupportedParameters(InvalidParameters):
    """One of the parameters contain invalid values."""

    code = "parameter_not_supported"


class RateLimited(GatewayError):
    """Too many requests. Please retry later."""

    status = 429
    code = "too_many_requests"
    retryable = True


class LimitReached(RateLimited):
    """The deployment's rate limit is reached."""

    code = "429"

    def __init__(self, deployment: str, of: Literal["requests", "tokens"], wait: float, standing: Standing) -> None:
        """
        Args:
            deployment: whose limit it is.
            of: what there were too many of.
            wait: seconds until it is worth another try.
        """
        self.deployment = deployment
        self.of = of
        self.standing = standing
        self.seconds = max(1, math.ceil(wait))
        super().__init__(
            f"Your requests to {deployment} have exceeded its {self.kind} rate limit. "
            f"Please retry after {self.seconds} second{'s' if self.seconds > 1 else ''}.",
            retry_after=wait,
        )

    @property
    def kind(self) -> str:
        """Azure's word for what was exceeded."""
        return "token" if self.of == "tokens" else "call"


class NotScreened(GatewayError):
    """The content could not be checked, and this deployment answers nothing unchecked. Please retry later."""

    status = 503
    code = "content_filter_error"
    retryable = True


class StoreFailed(GatewayError):
    """The server cannot reach what it keeps. Its operator has to look at the data folder."""


class UpstreamError(GatewayError):
    """The model's server failed to answer."""

    status = 502
    code = "upstream_error"
    retryable = True
    worked = True


class UpstreamRejected(UpstreamError):
    """The model's server refused the request."""

    status = 400
    code = "BadRequest"
    retryable = False
    worked = False


class UpstreamMisconfigured(UpstreamError):
    """The model's server refused this gateway. Its operator has to look at the connection's address and credential."""

    code = "upstream_misconfigured"
    retryable = False
    worked = False


class Overloaded(UpstreamError):
    """The model is busy or not ready. Please retry later."""

    status = 503
    code = "ServiceUnavailable"
    worked = False

    def __init__(self, message: str | None = None, *, retry_after: float | None = 1) -> None:
        super().__init__(message, retry_after=retry_after)


ClassifierFailure = Literal["timeout", "unreachable", "throttled", "refused", "unreadable", "resting"]
"""Why there is no verdict. `resting`: it failed lately and is left alone for a while."""


class ClassifierFailed(UpstreamError):
    """The content could not be checked. Please retry later."""

    status = 503
    code = "ServiceUnavailable"
    worked = False

    def __init__(self, reason: ClassifierFailure, *, retry_after: float | None = None) -> None:
        super().__init__(retry_after=retry_after)
        self.reason = reason


class UpstreamTimeout(UpstreamError):
    """The model's server did not answer in time."""

    status = 504
    code = "Timeout"


class Cut(UpstreamError):
    """The script cut the connection."""


def unsupported(name: str, value: object, why: str = "", *loc: str) -> Complaint:
    """The complaint about a parameter that the API knows and the model does not; `loc` where it stands deeper."""
    return Complaint(
        "parameter_not_supported",
        ["body", *(loc or (name,))],
        why or f"The model does not support {name}.",
        value,
    )
