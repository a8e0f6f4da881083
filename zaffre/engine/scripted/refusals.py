"""The errors that a script asks for: what the caller sees as a status."""

from http import HTTPStatus
from typing import Any, Final

from zaffre.config.rules import Reply
from zaffre.core.errors import (
    BadRequest,
    BodyTooLarge,
    Complaint,
    GatewayError,
    InvalidParameters,
    NotFound,
    Overloaded,
    PromptFiltered,
    RateLimited,
    Unauthorized,
    UnsupportedMediaType,
    UpstreamError,
    UpstreamTimeout,
)

_KINDS: Final[dict[int, type[GatewayError]]] = {
    kind.status: kind
    for kind in (
        BadRequest,
        Unauthorized,
        NotFound,
        BodyTooLarge,
        UnsupportedMediaType,
        RateLimited,
        UpstreamError,
        Overloaded,
        UpstreamTimeout,
    )
}
"""The class of each status, so that a scripted failure is treated like a real one."""

_SAFE: Final = {"filtered": False, "severity": "safe"}
_CAUGHT: Final[dict[str, Any]] = {
    "hate": _SAFE,
    "self_harm": _SAFE,
    "sexual": _SAFE,
    "violence": {"filtered": True, "severity": "medium"},
    "jailbreak": {"filtered": False, "detected": False},
}


def refusal(reply: Reply) -> GatewayError | None:
    """The error that the reply stands for, or None where it is an answer."""
    if reply.content_filter == "prompt":
        return PromptFiltered(_CAUGHT)
    if reply.status is None:
        return None
    message = reply.message or f"The script answers {reply.status} {_phrase(reply.status)}.".replace(" .", ".")
    error = _error(reply.status, message)
    error.retry_after = reply.retry_after
    if reply.code is not None:
        error.code = reply.code
    return error


def _error(status: int, message: str) -> GatewayError:
    if status == InvalidParameters.status:
        error = InvalidParameters([Complaint("scripted", ["body"], message, None)])
        error.message = message
        return error
    if kind := _KINDS.get(status):
        return kind(message)
    code = _phrase(status).title().replace(" ", "") or str(status)
    return GatewayError(message, status=status, code=code)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
