"""What clients read before they ask for a token."""

from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from zaffre.api.door import Door
from zaffre.api.headers import answer_headers
from zaffre.api.place import Place
from zaffre.net.http import Request, Response


async def openid_configuration(door: Door, request: Request, place: Place) -> Response:
    """OpenID Connect Discovery 1.0. The addresses in it are where the client already is; the issuer is always one."""
    local = door.local_identity
    base = f"{_base(request)}/{quote(place.item or local.tenant, safe='')}"
    document = {
        "issuer": local.name,
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        # Required, by MSAL too. Nobody can sign in there: there are programs here, and no people.
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [local.algorithm],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }
    return said(request, document)


async def keys(door: Door, request: Request, place: Place) -> Response:
    return said(request, door.local_identity.jwks)


async def instance(door: Door, request: Request, place: Place) -> Response:
    """Whether an authority is a known one. Shape: MSAL's instance discovery."""
    base = _base(request)
    host = urlsplit(base).netloc
    document = {
        "tenant_discovery_endpoint": f"{base}/{door.local_identity.tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }
    return said(request, document)


def said(request: Request, document: dict[str, Any], status: int = 200) -> Response:
    """An answer that nobody keeps."""
    return Response(status, [*answer_headers(request), (b"cache-control", b"no-store")], msgspec.json.encode(document))


def _base(request: Request) -> str:
    return f"{request.scheme}://{request.header(b'host')}"
