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
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from zaffre.core.errors import (
    Complaint,
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
from zaffre.providers.codec import OverflowSigns

MESSAGE_LIMIT: Final = 2000
"""Characters of an upstream's message that are passed on."""
COMPLAINT_LIMIT: Final = 50
LONGEST_WAIT: Final = 86_400.0
"""Seconds."""

_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")
_PASSED_ON: Final = {400: "BadRequest", 413: "RequestEntityTooLarge", 422: "invalid_parameter"}
_FILTERED: Final = frozenset({"content_filter", "ResponsibleAIPolicyViolation"})
_any: Final = msgspec.json.Decoder()


def refusal(status: int, headers: Mapping[bytes, bytes], body: bytes, signs: OverflowSigns, now: float) -> GatewayError:
    """The error for an upstream's answer of another status than success.

    Args:
        headers: names in lower case.
        body: without secrets; `providers.redaction` takes them out.
        now: seconds since 1970, against which a date in Retry-After is read.
    """
    if status in _PASSED_ON:
        return _passed_on(status, _Said(body), signs)
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


class _Said:
    """What an error body says, in any of the shapes that vendors use."""

    def __init__(self, body: bytes) -> None:
        top = _mapping(_decoded(body))
        error = top.get("error")
        inner = _mapping(error)
        self.places = (inner, top)
        self.complaints = list(_complaints(top.get("detail"))) or list(_complaints(inner.get("details")))
        self.message = self._text("message") or self._text("detail") or _string(error) or self._joined()
        self.code = self._word("code") or self._word("type")
        self.param = self._text("param")
        self.innererror = _mapping(inner.get("innererror"))
        self.words = {place.get(name) for place in self.places for name in ("code", "type") if _string(place.get(name))}

    def _text(self, name: str) -> str:
        said = next((text for place in self.places if (text := _string(place.get(name)))), "")
        return said if len(said) <= MESSAGE_LIMIT else said[:MESSAGE_LIMIT] + "…"

    def _word(self, name: str) -> str:
        """Short enough to be a code, also in a header."""
        said = self._text(name)
        return said if _CODE.fullmatch(said) else ""

    def _joined(self) -> str:
        told = "; ".join(f"{'.'.join(complaint.loc[1:])}: {complaint.msg}" for complaint in self.complaints)
        return told[:MESSAGE_LIMIT]


def _passed_on(status: int, said: _Said, signs: OverflowSigns) -> GatewayError:
    if said.words & signs.codes or any(phrase in said.message for phrase in signs.phrases):
        return ContextOverflow(said.message or None, param=said.param or "messages")
    if said.code in _FILTERED or said.innererror.get("code") in _FILTERED:
        inner = said.innererror
        return PromptFiltered(_mapping(inner.get("content_filter_result") or inner.get("content_filter_results")))
    if status == 422 and said.complaints:
        error = InvalidParameters(said.complaints)
        error.message = said.message
        return error
    code = said.code or _PASSED_ON[status]
    return UpstreamRejected(said.message or None, status=status, code=code, param=said.param or None)


def _complaints(said: object) -> Iterator[Complaint]:
    """A list of complaints in pydantic's form, as FastAPI servers give it."""
    for item in (said if isinstance(said, list) else [])[:COMPLAINT_LIMIT]:
        if isinstance(item, dict) and isinstance(item.get("loc"), list):
            loc = [str(step) for step in item["loc"]]
            kind, msg = _string(item.get("type")) or "invalid_value", _string(item.get("msg"))
            yield Complaint(
                kind, loc if loc[:1] == ["body"] else ["body", *loc], msg[:MESSAGE_LIMIT], item.get("input")
            )


def _decoded(body: bytes) -> object:
    try:
        return _any.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
