"""The header fields that every answer carries, and those a request may bring."""

import math
from itertools import count
from random import getrandbits
from typing import Final

from zaffre.api.limits import refusal_headers
from zaffre.core.errors import BadRequest, GatewayError, MethodNotAllowed, UnsupportedMediaType
from zaffre.gateway.parameters import Extras
from zaffre.net.http import HeaderList, Request

JSON: Final = (b"content-type", b"application/json")
EVENT_STREAM: Final = (b"content-type", b"text/event-stream; charset=utf-8")
NO_CACHE: Final = (b"cache-control", b"no-cache")
_LONGEST_ECHO: Final = 256
_MAY_COME_BACK: Final = frozenset({429, 503})
_RUN: Final = b"%08x-%04x-%04x-%04x-" % (getrandbits(32), getrandbits(16), getrandbits(16), getrandbits(16))
_numbers = count(getrandbits(47))


def request_id() -> bytes:
    """A GUID-shaped id: this run's own beginning and a number. Unique, not secret, so much cheaper than uuid4."""
    return b"%b%012x" % (_RUN, next(_numbers))


def answer_headers(request: Request, content_type: tuple[bytes, bytes] = JSON) -> HeaderList:
    """Content type, our request id under both of Azure's names, and the caller's own id echoed."""
    unique = request_id()
    headers = [content_type, (b"x-ms-request-id", unique), (b"apim-request-id", unique)]
    echo = caller_id(request)
    if echo:
        headers.append((b"x-ms-client-request-id", echo))
    if content_type is EVENT_STREAM:
        headers.append(NO_CACHE)
    return headers


def caller_id(request: Request) -> bytes | None:
    """The caller's own id of the request, where it can be said back."""
    echo = request.headers.get(b"x-ms-client-request-id")
    return echo if echo and len(echo) <= _LONGEST_ECHO and echo.isascii() else None


def advice(error: GatewayError) -> HeaderList:
    """What a refusal says of other ways: which methods there are, when to come back, how the rate limit stands.

    Retry-After goes with 429 and 503 only: azure-core retries any status that carries it.
    """
    if isinstance(error, MethodNotAllowed):
        return [(b"allow", error.allowed.encode())]
    headers = refusal_headers(error)
    if error.status in _MAY_COME_BACK:
        wait = error.retry_after or 1
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(wait))))
        headers.append((b"retry-after-ms", b"%d" % max(1, math.ceil(wait * 1000))))
    return headers


def extras_policy(request: Request) -> Extras:
    """What the header `extra-parameters` asks for; `error` where it is missing.

    Raises:
        BadRequest: any other word, `ignore` among them, as the live service answered.
    """
    value = request.headers.get(b"extra-parameters")
    if not value:
        return Extras.ERROR
    word = value.decode("latin-1").strip()
    try:
        return Extras(word.lower())
    except ValueError:
        options = ", ".join(f"'{option}'" for option in Extras)
        shown = "".join(letter for letter in word[:64] if letter.isprintable())
        raise BadRequest(
            f"Unexpected EXTRA_PARAMETERS option {shown}, expected options are [{options}]", param="extra-parameters"
        ) from None


def require_json(request: Request) -> None:
    """JSON by name, or by no name at all.

    Raises:
        UnsupportedMediaType
    """
    content_type = request.headers.get(b"content-type")
    if not content_type or content_type == b"application/json":
        return
    media_type = content_type.split(b";", 1)[0].strip().lower()
    if media_type != b"application/json" and not media_type.endswith(b"+json"):
        raise UnsupportedMediaType
