"""From a request's credentials to the Principal who calls."""

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
    secret = request.headers.get(b"api-key")
    if secret:
        found = keys.principal(secret.strip())
        if found is not None:
            return found
    authorization = request.headers.get(b"authorization")
    if authorization and authorization[:7].lower() == b"bearer ":
        found = keys.principal(authorization[7:].strip())
        if found is not None:
            return found
    raise Unauthorized
