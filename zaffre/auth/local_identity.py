"""A token authority of this machine's own: what stands in for Entra ID where there is none.

Its key and its secret are kept in the data folder. Whoever has the secret gets tokens for any client id, so that tests
can be several programs; it answers on the loopback interface only.
"""

import base64
import secrets
import time
import uuid
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm
from msgspec import Struct

from zaffre.auth.failures import LocalIdentityError
from zaffre.auth.key_set import RSA_ALGORITHMS, KeySet, SigningKey
from zaffre.config.data import KEY_BYTES, private
from zaffre.config.durable import create
from zaffre.config.secret import Secret

LASTS: Final = 3600
"""Seconds that a token is good for."""
ALGORITHM: Final = "RS256"
"""Entra's."""


class Issued(Struct, frozen=True):
    """A token, and when it ends in seconds since 1970."""

    token: str
    until: int


class LocalIdentity:
    """The authority of one data folder; an `auth.issuer.Issuer` of its own tokens."""

    edition = 0
    lasts: Final = LASTS
    algorithm: Final = ALGORITHM

    def __init__(self, data: Path, now: Callable[[], float] = time.time) -> None:
        """
        Args:
            now: seconds since 1970.

        Raises:
            LocalIdentityError, OSError
        """
        folder = private(private(data) / "identity")
        self._key = _kept_key(folder / "signing.pem")
        self.secret = _kept_secret(folder / "secret")
        self._now = now
        self._key_id = _fingerprint(self._key)
        self.tenant = str(uuid.uuid5(uuid.NAMESPACE_OID, f"tenant {self._key_id}"))
        self.client_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"client {self._key_id}"))
        """Whose tokens are given to whoever names nobody."""
        self.address = ""
        """scheme://host:port, once there is one: part of the issuer's name."""

    @property
    def name(self) -> str:
        return f"{self.address}/{self.tenant}/v2.0"

    @property
    def jwks(self) -> dict[str, Any]:
        """Its key set as a document (RFC 7517)."""
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": ALGORITHM}]}

    async def keys(self, key_id: str | None, algorithm: str) -> list[SigningKey]:
        own = SigningKey(self._key_id, self._key.public_key(), RSA_ALGORITHMS & {ALGORITHM})
        return KeySet([own]).fitting(key_id, algorithm)

    def freshen(self) -> None:
        """Nothing to do: they never change while it runs."""

    async def close(self) -> None:
        """Nothing to do."""

    def knows(self, secret: str) -> bool:
        """Whether it is the one secret."""
        return compare_digest(secret.encode(), self.secret.reveal().encode())

    def issue(self, audience: str, client_id: str) -> Issued:
        """A token for a program, as Entra ID writes it.
        https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
        """
        begins = int(self._now())
        until = begins + LASTS
        subject = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.tenant} {client_id}"))
        claims = {
            "aud": audience,
            "iss": self.name,
            "iat": begins,
            "nbf": begins,
            "exp": until,
            "azp": client_id,
            "azpacr": "1",
            "oid": subject,
            "sub": subject,
            "tid": self.tenant,
            "uti": secrets.token_urlsafe(16),
            "ver": "2.0",
        }
        return Issued(jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._key_id}), until)


def _kept_key(path: Path) -> RSAPrivateKey:
    if not path.exists():
        create(path, _pem(generate_private_key(public_exponent=65537, key_size=2048)))
    path.chmod(0o600)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise LocalIdentityError(f"{path} is not as zaffre made it; delete it to have a new key made")
    return key


def _kept_secret(path: Path) -> Secret:
    if not path.exists():
        create(path, f"{secrets.token_urlsafe(KEY_BYTES)}\n".encode())
    path.chmod(0o600)
    secret = path.read_text(encoding="utf-8").strip()
    if not secret.isprintable() or not secret:
        raise LocalIdentityError(f"{path} holds no secret; delete it to have a new one made")
    return Secret(secret)


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _fingerprint(key: RSAPrivateKey) -> str:
    digest = Hash(SHA256())
    digest.update(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return base64.urlsafe_b64encode(digest.finalize()).decode().rstrip("=")
