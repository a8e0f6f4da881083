"""An OpenID Connect issuer on a real socket, whose documents and tokens a test can make as wrong as it likes."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.net.serving import serving
from zaffre.auth.discovery import discover
from zaffre.auth.failures import Unchecked
from zaffre.auth.issuer import RemoteIssuer
from zaffre.auth.issuers import Meant, issuers_of
from zaffre.auth.key_set import KeySet
from zaffre.auth.roles import Roles
from zaffre.auth.tokens import Tokens
from zaffre.config.identity import AZURE_AUDIENCES, MANAGEMENT_AUDIENCES
from zaffre.core.deployment import Principal
from zaffre.core.surface import Surface
from zaffre.net.client import Client
from zaffre.net.http import Request, Response

AUDIENCE = "https://ml.azure.com"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVES = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def signed(claims: dict[str, Any], key: Any, algorithm: str, headers: dict[str, Any]) -> bytes:
    """A token of claims that no library would write."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm, headers).encode()


def part(value: Any) -> bytes:
    """A value as one of a token's three parts."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def jwk(key: Any, key_id: str | None = "one", **fields: Any) -> dict[str, Any]:
    """The public half of a key, as key sets have it."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    named = {} if key_id is None else {"kid": key_id}
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), **named, "use": "sig", **fields}


class Issuer:
    """Where it is, what it answers, what it was asked."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.url = ""
        self.keys: list[dict[str, Any]] = [jwk(RSA)]
        self.document: dict[str, Any] = {}
        """Fields of the discovery document that are other than they should be."""
        self.status = 200
        self.body: bytes | None = None
        """What it answers instead of a document."""
        self.asked: list[str] = []
        self._news = asyncio.Event()
        self.open = asyncio.Event()
        """Answers wait for it."""
        self.open.set()

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        self._news.set()
        await self.open.wait()
        if request.path.endswith("/.well-known/openid-configuration"):
            said: dict[str, Any] = {"issuer": self.url, "jwks_uri": f"{self.url}/keys?set=1", **self.document}
        else:
            said = {"keys": self.keys}
        body = json.dumps(said).encode() if self.body is None else self.body
        return Response(self.status, [(b"content-type", b"application/json")], body)

    async def has_been_asked(self, times: int) -> None:
        """Until that many requests have come in all."""
        while len(self.asked) < times:
            self._news.clear()
            await self._news.wait()

    def claims(self, **claims: Any) -> dict[str, Any]:
        """A good token's, and these. None takes one away."""
        now = int(self.clock())
        usual = {"iss": self.url, "aud": AUDIENCE, "sub": "somebody", "nbf": now, "exp": now + 3600}
        return {name: value for name, value in (usual | claims).items() if value is not None}

    def token(self, key: Any = RSA, algorithm: str = "RS256", key_id: str | None = "one", **claims: Any) -> bytes:
        """A token, good unless something is said."""
        headers = {} if key_id is None else {"kid": key_id}
        return signed(self.claims(**claims), key, algorithm, headers)


class Taker:
    """A server's tokens, asked as the door asks them."""

    def __init__(self, names: Sequence[str], clock: Callable[[], float], roles: Roles, most_known: int) -> None:
        self.client = Client(sweep_interval=0.02)
        issuers = [
            RemoteIssuer(each.name, partial(self._fetch, each), clock) for name in names for each in issuers_of(name)
        ]
        self.tokens = Tokens(issuers, AZURE_AUDIENCES, roles, clock, most_known, MANAGEMENT_AUDIENCES)
        self._looks = 0
        self._news = asyncio.Event()

    async def _fetch(self, issuer: Meant) -> KeySet:
        try:
            return await discover(self.client, issuer)
        finally:
            self._looks += 1
            self._news.set()

    async def looked(self, times: int) -> None:
        """Until issuers' keys have been fetched, or not, that many times in all."""
        while self._looks < times:
            self._news.clear()
            await self._news.wait()

    async def principal(self, token: bytes, surface: Surface = Surface.INFERENCE) -> Principal:
        """Who brings it. Raises as `Tokens` does."""
        try:
            return self.tokens.principal(token, surface)
        except Unchecked:
            await self.tokens.check(token)
            return self.tokens.principal(token, surface)


@asynccontextmanager
async def issuing(clock: Callable[[], float]) -> AsyncGenerator[Issuer, None]:
    """An issuer for the time of a `with` block."""
    issuer = Issuer(clock)
    async with serving(issuer.answer) as address:
        issuer.url = f"{address.url}/tenant"
        yield issuer


@asynccontextmanager
async def taking(
    *names: str, clock: Callable[[], float], roles: Roles | None = None, most_known: int = 100
) -> AsyncGenerator[Taker, None]:
    """A server that takes the tokens of these issuers."""
    taker = Taker(names, clock, roles or Roles(None), most_known)
    try:
        yield taker
    finally:
        await taker.tokens.close()
        await taker.client.close()
