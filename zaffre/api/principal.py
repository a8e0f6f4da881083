"""From a request's credentials to the Principal who calls."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from zaffre.auth.keys import ANONYMOUS, Keys
from zaffre.core.deployment import Principal
from zaffre.core.errors import Unauthorized
from zaffre.core.surface import Surface
from zaffre.net.http import Request

if TYPE_CHECKING:
    # Large, and loaded by `app.extras` where tokens are taken.
    from zaffre.auth.tokens import Tokens

_UNMANAGED: Final = (
    "Nothing manages this server yet. Its configuration has to say who does: name a key under management_keys, or "
    "management among the surfaces of a role under identity."
)
_NO_MANAGER: Final = (
    "The management key or access token is missing, invalid, or has expired. Keys that open models manage nothing."
)


def principal_of(request: Request, surface: Surface, keys: Keys, tokens: "Tokens | None" = None) -> Principal:
    """Who calls. Clients send `api-key`, `Authorization: Bearer`, or both; either one valid is enough.

    Args:
        tokens: those that are taken beside the keys; None: none.

    Raises:
        Unauthorized: neither is.
        Unchecked: a token that has to be checked first.
        PermissionDenied: a key or token of somebody who may not use this surface.
    """
    for secret in _secrets(request):
        found = keys.principal(secret, surface)
        if found is not None:
            return found
    if tokens is not None:
        token = _token(request)
        if token is not None:
            return tokens.principal(token, surface)
    elif keys.open:
        return ANONYMOUS
    raise Unauthorized


def manager_of(request: Request, keys: Keys, tokens: "Tokens | None" = None) -> Principal:
    """Who manages. No key that opens models does, and a server that nobody was made manager of is closed.

    Args:
        keys: those of the management surface.
        tokens: those that are taken beside them; None: none.

    Raises:
        Unauthorized, Unchecked, PermissionDenied: as above.
    """
    for secret in _secrets(request):
        found = keys.principal(secret, Surface.MANAGEMENT)
        if found is not None:
            # The audit tells it from a key of the same name that opens models.
            return Principal(f"management-{found.name}", found.deployments)
    if tokens is not None and tokens.opens(Surface.MANAGEMENT):
        token = _token(request)
        if token is not None:
            return tokens.principal(token, Surface.MANAGEMENT)
    elif keys.open:
        raise Unauthorized(_UNMANAGED)
    raise Unauthorized(_NO_MANAGER)


def presented(request: Request, surface: Surface, keys: Keys) -> str | None:
    """The key that opened the door; None where none did."""
    valid = (secret for secret in _secrets(request) if keys.principal(secret, surface) is not None)
    key = next(valid, None)
    return None if key is None else key.decode("latin-1")


def _secrets(request: Request) -> Iterator[bytes]:
    """What may be a key, the likeliest first."""
    headers = request.headers
    if secret := headers.get(b"api-key"):
        yield secret.strip()
    if secret := _bearer(request):
        yield secret
    # Azure's older name for the first.
    if secret := headers.get(b"ocp-apim-subscription-key"):
        yield secret.strip()


def _token(request: Request) -> bytes | None:
    """What may be an access token: other than keys, JSON Web Tokens have three parts."""
    bearer = _bearer(request)
    return bearer if bearer is not None and bearer.count(b".") == 2 else None


def _bearer(request: Request) -> bytes | None:
    authorization = request.headers.get(b"authorization")
    if authorization and authorization[:7].lower() == b"bearer ":
        return authorization[7:].strip()
    return None
