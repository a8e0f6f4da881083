"""From a request's credentials to the Principal who calls."""

from collections.abc import Iterator

from zaffre.auth.keys import ANONYMOUS, Keys
from zaffre.auth.tokens import Tokens
from zaffre.core.deployment import Principal
from zaffre.core.errors import Unauthorized
from zaffre.core.surface import Surface
from zaffre.net.http import Request


def principal_of(request: Request, surface: Surface, keys: Keys, tokens: Tokens | None = None) -> Principal:
    """Who calls. Clients send `api-key`, `Authorization: Bearer`, or both; either one valid is enough.

    Args:
        tokens: those that are taken beside the keys; None: none.

    Raises:
        Unauthorized: neither is.
        Unchecked: a token that has to be checked first.
        PermissionDenied: a key or token of somebody who may not use this surface.
    """
    if keys.open and tokens is None:
        return ANONYMOUS
    for secret in _secrets(request):
        found = keys.principal(secret, surface)
        if found is not None:
            return found
    if tokens is not None:
        token = _bearer(request)
        # Other than keys, JSON Web Tokens have three parts.
        if token is not None and token.count(b".") == 2:
            return tokens.principal(token, surface)
    raise Unauthorized


def presented(request: Request, surface: Surface, keys: Keys) -> str | None:
    """The key that opened the door; None where none did."""
    valid = (secret for secret in _secrets(request) if keys.principal(secret, surface) is not None)
    key = next(valid, None)
    return None if key is None else key.decode("latin-1")


def _secrets(request: Request) -> Iterator[bytes]:
    """What may be a key, the likeliest first."""
    secret = request.headers.get(b"api-key")
    if secret:
        yield secret.strip()
    bearer = _bearer(request)
    if bearer is not None:
        yield bearer
    subscription = request.headers.get(b"ocp-apim-subscription-key")
    if subscription:
        # Azure's older name for the same key.
        yield subscription.strip()


def _bearer(request: Request) -> bytes | None:
    authorization = request.headers.get(b"authorization")
    if authorization and authorization[:7].lower() == b"bearer ":
        return authorization[7:].strip()
    return None
