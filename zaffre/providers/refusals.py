"""What an upstream's error means for the caller: the one place where a status becomes an error.

    400 413 422           UpstreamRejected, with status, message and code of the upstream; or, said in a structured
                          way: ContextOverflow, PromptFiltered, InvalidParameters (a list of complaints)
    401 402 403 404 405   UpstreamMisconfigured
    408 504               UpstreamTimeout
    429                   RateLimited, Retry-After as the upstream says, else 1
    503 529               Overloaded, likewise
    anything else         UpstreamError, in our words alone

The class comes from the status. Structured codes refine it; prose only where a vendor's row says that it has no code.
"""

import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from zaffre.core.errors import (
    ContextOverflow,
    GatewayError,
    InvalidParameters,
    Overloaded,
    PromptFiltered,
    RateLimited,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamRejected,
    UpstreamTimeout,
)
from zaffre.providers.error_body import ErrorBody, mapping
from zaffre.providers.overflow import OverflowSigns

LONGEST_WAIT: Final = 86_400.0
"""Seconds."""

_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")
_PASSED_ON: Final = {400: "BadRequest", 413: "RequestEntityTooLarge", 422: "invalid_parameter"}
_FILTERED: Final = frozenset({"content_filter", "ResponsibleAIPolicyViolation"})


def refusal(
    status: int | None,
    headers: Mapping[bytes, bytes],
    body: bytes,
    *,
    signs: OverflowSigns,
    redact: Callable[[bytes], bytes],
    now: float,
) -> GatewayError:
    """The error for an upstream's answer of another status than success.

    Args:
        status: None for an error without one, in an answer of status 200.
        headers: names in lower case.
        redact: takes secrets out of what the body says.
        now: seconds since 1970, against which a date in Retry-After is read.
    """
    if status is None:
        return _without_status(ErrorBody(body, redact), signs)
    if status in _PASSED_ON:
        return _passed_on(status, ErrorBody(body, redact), signs)
    if status in (401, 402, 403, 404, 405):
        return UpstreamMisconfigured()
    if status in (408, 504):
        return UpstreamTimeout()
    if status == 429:
        return RateLimited(retry_after=retry_after(headers, now))
    if status in (503, 529):
        return Overloaded(retry_after=retry_after(headers, now))
    return UpstreamError()


def retry_after(headers: Mapping[bytes, bytes], now: float) -> float:
    """Seconds to wait: the upstream's word in milliseconds, seconds or as a date, else 1."""
    milliseconds = headers.get(b"retry-after-ms", b"").decode("latin-1").strip()
    if _SECONDS.fullmatch(milliseconds):
        return min(float(milliseconds) / 1000, LONGEST_WAIT)
    said = headers.get(b"retry-after", b"").decode("latin-1").strip()
    if _SECONDS.fullmatch(said):
        return min(float(said), LONGEST_WAIT)
    try:
        return min(max(parsedate_to_datetime(said).timestamp() - now, 0.0), LONGEST_WAIT)
    except (ValueError, OverflowError, OSError):
        return 1.0


def _without_status(said: ErrorBody, signs: OverflowSigns) -> GatewayError:
    """LM Studio says in a stream that the request is too long for it, and no more than that."""
    return _overflow(said) if signs.found(said.words, said.message) else UpstreamError()


def _overflow(said: ErrorBody) -> ContextOverflow:
    return ContextOverflow(said.message or None, param=said.param or "messages")


def _passed_on(status: int, said: ErrorBody, signs: OverflowSigns) -> GatewayError:
    if signs.found(said.words, said.message):
        return _overflow(said)
    if said.code in _FILTERED or said.innererror.get("code") in _FILTERED:
        inner = said.innererror
        return PromptFiltered(mapping(inner.get("content_filter_result") or inner.get("content_filter_results")))
    if status == 422 and said.complaints:
        error = InvalidParameters(said.complaints)
        error.message = said.message
        return error
    code = said.code or _PASSED_ON[status]
    return UpstreamRejected(said.message or None, status=status, code=code, param=said.param or None)
