"""Requests to a classifier behind HTTP: JSON out, JSON in, and every way in which that fails."""

import logging
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from zaffre.core.errors import ClassifierFailed
from zaffre.net.client import Pool
from zaffre.net.client.request_head import header_block
from zaffre.net.failures import TimedOut, UpstreamFailure

logger = logging.getLogger(__name__)

ANSWER_LIMIT: Final = 4 * 1024 * 1024
_MISCONFIGURED: Final = frozenset({401, 403, 404})

T = TypeVar("T")


class Remote:
    """Where a classifier is, and how we prove who we are."""

    def __init__(self, name: str, pool: Pool, fields: Mapping[str, str]) -> None:
        """
        Args:
            name: the classifier's, for the log.
            fields: header fields of every request, names in lower case.

        Raises:
            ValueError: a field that cannot be sent; the message shows no secret.
        """
        self._name = name
        self._pool = pool
        try:
            fields = {"content-type": "application/json", **fields}
            named = [(field.encode("ascii"), value.encode("latin-1")) for field, value in fields.items()]
        except UnicodeEncodeError:
            raise ValueError("a header or credential has characters that no header may have") from None
        self._fields = header_block(named)

    async def post(self, target: str, body: Mapping[str, Any], kind: type[T]) -> T:
        """The answer, as a value of that type. Raises ClassifierFailed."""
        try:
            reply = await self._pool.send("POST", target, self._fields, msgspec.json.encode(body))
            try:
                said = await reply.read(ANSWER_LIMIT)
            finally:
                reply.close()
        except TimedOut:
            raise ClassifierFailed("timeout") from None
        except UpstreamFailure:
            raise ClassifierFailed("unreachable") from None
        if not 200 <= reply.status < 300:
            raise self._refused(reply.status, reply.headers)
        try:
            return msgspec.json.decode(said, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ClassifierFailed("unreadable") from None

    def _refused(self, status: int, headers: Mapping[bytes, bytes]) -> ClassifierFailed:
        if status == 429 or (status == 503 and b"retry-after" in headers):
            return ClassifierFailed("throttled", retry_after=_seconds(headers))
        if status >= 500:
            return ClassifierFailed("unreachable")
        if status in _MISCONFIGURED:
            logger.error(
                "classifier %s: its server answered %d. Check base_url and credential of the classifier.",
                self._name,
                status,
            )
        return ClassifierFailed("refused")


def _seconds(headers: Mapping[bytes, bytes]) -> float | None:
    """What Retry-After says in seconds. Dates are not read: the services that these adapters know send seconds."""
    said = headers.get(b"retry-after", b"").decode("latin-1")
    return float(said) if said.isdecimal() and len(said) < 7 else None
