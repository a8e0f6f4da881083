"""What a JSON Web Token says (RFC 7519, RFC 9068), once its signature, issuer, audience and times are checked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import jwt
from msgspec import Struct

from zaffre.auth.key_set import EC_ALGORITHMS, RSA_ALGORITHMS, SigningKey

LEEWAY: Final = 60.0
"""Seconds by which clocks may differ."""
_LONGEST_SUBJECT: Final = 255
"""Characters (OpenID Connect Core 1.0, 2)."""
_ALGORITHMS: Final = RSA_ALGORITHMS | frozenset(EC_ALGORITHMS.values())
_BROKEN: Final = (jwt.PyJWTError, ValueError, TypeError, RecursionError)
_UNCHECKED: Final = {"verify_signature": False}
# The times are checked here, by a clock that is handed over.
_OPTIONS: Final = {
    "require": ["exp", "iss", "aud", "sub"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


class Bad(Exception):
    """A token that proves nothing. The message is for the operator's log and repeats no part that may be secret."""


class Claims(Struct, frozen=True):
    """Who the caller is, by its issuer's word."""

    subject: str
    """Entra's `oid`, the same for every application; else `sub`."""
    name: str
    """The same with the claim's name before it, so that no subject can be taken for a key's name."""
    until: float
    """When it is of no use any more, in seconds since 1970."""
    audiences: frozenset[str] = frozenset()
    """For whom the token is."""
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()
    """Ids of the client that asked for it."""


class Unverified(Struct, frozen=True):
    """A token as it came: anybody may have written it."""

    text: str
    issuer: str
    audience: object
    key_id: str | None
    algorithm: str

    def verified(self, keys: Sequence[SigningKey], audiences: Sequence[str], now: float) -> Claims:
        """Its claims.

        Args:
            keys: those of the issuer that may have signed it.
            audiences: one of them has to be the token's.
            now: seconds since 1970.

        Raises:
            Bad
        """
        if not keys:
            raise Bad(f"its issuer has no key {self.key_id!r:.100} for {self.algorithm}")
        claims = self._signed(keys, audiences)
        claim = "oid" if _text(claims, "oid") else "sub"
        subject = _text(claims, claim)
        if not subject.isprintable() or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise Bad(f"its subject cannot be shown: {subject!r:.100}")
        return Claims(
            subject=subject,
            name=f"{claim}:{subject}",
            until=_until(claims, now),
            audiences=_texts(claims, "aud"),
            roles=_texts(claims, "roles"),
            groups=_texts(claims, "groups"),
            scopes=_words(claims, "scp") | _words(claims, "scope"),
            apps=_words(claims, "azp") | _words(claims, "appid") | _words(claims, "client_id"),
        )

    def _signed(self, keys: Sequence[SigningKey], audiences: Sequence[str]) -> dict[str, Any]:
        """The payload, if one of the keys signed it for one of the audiences. Raises Bad."""
        wrong: Exception | None = None
        for key in keys:
            try:
                return jwt.decode(
                    self.text,
                    key.public,
                    algorithms=[self.algorithm],
                    audience=audiences,
                    issuer=self.issuer,
                    options=_OPTIONS,  # type: ignore[arg-type]
                )
            except _BROKEN as error:
                wrong = error
        raise Bad(f"{wrong} (issuer {self.issuer!r:.200}, audience {self.audience!r:.200})")


def unverified(token: bytes) -> Unverified:
    """Take a token apart.

    Raises:
        Bad: it is none, or says too little to be checked.
    """
    try:
        text = token.decode("ascii")
        found = jwt.decode_complete(text, options=_UNCHECKED)  # type: ignore[arg-type]
    except _BROKEN as error:
        raise Bad(f"it cannot be read: {type(error).__name__}") from None
    header, issuer = found["header"], found["payload"].get("iss")
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise Bad(f"its algorithm is not taken: {algorithm!r:.100}")
    if not isinstance(issuer, str):
        raise Bad("it names no issuer")
    return Unverified(text, issuer, found["payload"].get("aud"), key_id, algorithm)


def _until(claims: Mapping[str, Any], now: float) -> float:
    """When it ends. Raises Bad: it has ended, or has not begun."""
    ends, begins = _number(claims, "exp"), _number(claims, "nbf")
    if ends is None or not now < ends + LEEWAY:
        raise Bad("it has expired")
    if "nbf" in claims and (begins is None or not now >= begins - LEEWAY):
        raise Bad("it is not valid yet")
    return ends + LEEWAY


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """A claim that lists texts, or is one."""
    value = claims.get(name)
    listed = value if isinstance(value, list) else [value]
    return frozenset(each for each in listed if isinstance(each, str))


def _words(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """The same, for a claim whose text is several words."""
    return frozenset(word for text in _texts(claims, name) for word in text.split())
