"""The public keys of an issuer (RFC 7517), and which of its tokens each may have signed."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError
from msgspec import Struct

from zaffre.auth.issuers import is_of

RSA_ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
EC_ALGORITHMS: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
"""By curve."""
SHORTEST_RSA: Final = 2048
"""Bits (RFC 7518, 3.3)."""
_MOST_KEYS: Final = 100


class SigningKey(Struct, frozen=True):
    """A key and the algorithms that it may be used with: never `none`, never one with a shared secret."""

    id: str | None
    public: RSAPublicKey | EllipticCurvePublicKey
    algorithms: frozenset[str]


class KeySet:
    """The keys of one issuer."""

    def __init__(self, keys: Iterable[SigningKey], source: object = None) -> None:
        """
        Args:
            source: what they were read from: key sets of the same source are equal.
        """
        self._keys = tuple(keys)
        self._source = source

    def __len__(self) -> int:
        return len(self._keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeySet) and self._source == other._source

    __hash__ = None  # type: ignore[assignment]

    def fitting(self, key_id: str | None, algorithm: str) -> list[SigningKey]:
        """Those that may have signed a token; any, where the token does not say which."""
        return [key for key in self._keys if algorithm in key.algorithms and key_id in (None, key.id)]


def key_set(document: Mapping[str, Any], issuer: str) -> KeySet:
    """The keys of a key set's document that may sign for this issuer. What cannot is left out.

    Raises:
        ValueError: it is no such document.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise ValueError("what its key set's address answers is no key set")
    usable = [entry for entry in listed[:_MOST_KEYS] if isinstance(entry, dict) and _signs_for(entry, issuer)]
    keys = (_signing_key(entry) for entry in usable)
    return KeySet([key for key in keys if key is not None], usable)


def _signs_for(entry: Mapping[str, Any], issuer: str) -> bool:
    """Entra ID says in `issuer` of a key for whom it signs: the keys of personal accounts are in every set."""
    said = entry.get("issuer")
    return entry.get("use", "sig") == "sig" and (said is None or (isinstance(said, str) and is_of(said, issuer)))


def _signing_key(entry: dict[str, Any]) -> SigningKey | None:
    if entry.get("kty") not in ("RSA", "EC"):
        return None
    # A key may name one algorithm; without a name of ours here, PyJWT would refuse it for one it does not know.
    try:
        public = PyJWK({**entry, "alg": None}).key
    except (PyJWTError, ValueError, TypeError):
        return None
    algorithms = _algorithms(public)
    if entry.get("alg") is not None:
        algorithms &= {entry["alg"]}
    key_id = entry.get("kid")
    if not algorithms or not isinstance(key_id, str | None):
        return None
    return SigningKey(key_id, public, algorithms)


def _algorithms(public: object) -> frozenset[str]:
    if isinstance(public, RSAPublicKey) and public.key_size >= SHORTEST_RSA:
        return RSA_ALGORITHMS
    if isinstance(public, EllipticCurvePublicKey) and public.curve.name in EC_ALGORITHMS:
        return frozenset({EC_ALGORITHMS[public.curve.name]})
    return frozenset()
