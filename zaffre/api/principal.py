"""From a request's credentials to the Principal who calls."""

from collections.abc import Iterator

from zaffre.auth.keys import ANONYMOUS, Keys
from zaffre.core.deployment import Principal
from zaffre.core.errors import Unauthorized
from zaffre.net.http import Request


def principal_of(request: Request, keys: Keys) -> Principal:
    """Who calls. Clients send `api-key`, `Authorization: Bearer`, or both; either one valid is enough.

    Raises:
        Unauthorized: neither is.
    """
    if keys.open:
        return ANONYMOUS
    for secret in _secrets(request):
        found = keys.principal(secret)
        if found is not None:
            return found
    raise Unauthorized


def presented(request: Request, keys: Keys) -> str | None:
    """The key that opened the door; None where none did."""
    valid = (secret for secret in _secrets(request) if keys.principal(secret) is not None)
    key = next(valid, None)
    return None if key is None else key.decode("latin-1")


def _secrets(request: Request) -> Iterator[bytes]:
    """What may be a key, the likeliest first."""
    secret = request.headers.get(b"api-key")
    if secret:
        yield secret.strip()
    authorization = request.headers.get(b"authorization")
    if authorization and authorization[:7].lower() == b"bearer ":
        yield authorization[7:].strip()
    subscription = request.headers.get(b"ocp-apim-subscription-key")
    if subscription:
        # Azure's older name for the same key.
        yield subscription.strip()
