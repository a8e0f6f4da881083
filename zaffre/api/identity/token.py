"""POST /{tenant}/oauth2/v2.0/token: the client credentials grant (RFC 6749, 4.4), with Entra ID's errors.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from zaffre.api.door import Door
from zaffre.api.identity.documents import said
from zaffre.api.place import Place
from zaffre.net.http import Request, Response

_ALL: Final = "/.default"
_MOST_FIELDS: Final = 100


class _Refused(Exception):
    """No token, in OAuth's words."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


async def token(door: Door, request: Request, place: Place) -> Response:
    local = door.local_identity
    try:
        form = _form(request.body)
        client_id, secret = _client(request, form)
        if form.get("grant_type") != "client_credentials":
            raise _Refused(400, "unsupported_grant_type", "AADSTS70003: only client_credentials is served here.")
        if not client_id or not local.knows(secret):
            raise _Refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        issued = local.issue(_audience(form), client_id)
    except _Refused as refused:
        return said(request, {"error": refused.error, "error_description": refused.description}, refused.status)
    answer = {"token_type": "Bearer", "expires_in": local.lasts, "ext_expires_in": local.lasts}
    return said(request, {**answer, "access_token": issued.token})


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise _Refused(400, "invalid_request", "AADSTS90014: The request body is no form.") from None


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret, from the form or from `Authorization: Basic` (RFC 6749, 2.3.1)."""
    authorization = request.header(b"authorization")
    if authorization[:6].lower() != "basic ":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        pair = base64.b64decode(authorization[6:], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise _Refused(401, "invalid_client", "AADSTS50013: The credentials cannot be read.") from None
    client_id, _, secret = pair.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _audience(form: Mapping[str, str]) -> str:
    """The one resource of the scope. `https://a//.default` stands for `https://a/`."""
    scopes = form.get("scope", "").split()
    if len(scopes) != 1 or not scopes[0].removesuffix(_ALL) or not scopes[0].endswith(_ALL):
        description = f"AADSTS1002012: The provided value for scope is not valid: one resource and {_ALL} is."
        raise _Refused(400, "invalid_scope", description)
    return scopes[0].removesuffix(_ALL)
