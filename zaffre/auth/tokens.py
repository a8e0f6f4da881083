"""JSON Web Tokens -> Principal. A token is checked once; until it ends, who brings it again is known by its digest."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from zaffre.auth.claims import Bad, Claims, unverified
from zaffre.auth.failures import Unchecked
from zaffre.auth.issuer import Issuer
from zaffre.auth.roles import Access, Roles
from zaffre.core.deployment import Principal
from zaffre.core.errors import InvalidToken, IssuerUnreachable, PermissionDenied
from zaffre.core.surface import DATA, Surface

logger = logging.getLogger(__name__)

MOST_KNOWN: Final = 10_000


class _Known(Struct, frozen=True):
    access: Access
    audiences: frozenset[str]
    until: float
    issuer: Issuer
    edition: int


class Tokens:
    """The tokens that open this server."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        audiences: Sequence[str],
        roles: Roles,
        now: Callable[[], float] = time.time,
        most_known: int = MOST_KNOWN,
        management_audiences: Sequence[str] = (),
    ) -> None:
        """
        Args:
            audiences: a token has to be for one of them.
            now: seconds since 1970.
            most_known: tokens that are remembered; beyond, the one that was checked first is forgotten.
            management_audiences: the same, on the management surface.
        """
        self._issuers = tuple(issuers)
        self._audiences = {surface: frozenset(audiences) for surface in DATA}
        self._audiences[Surface.MANAGEMENT] = frozenset(management_audiences)
        self._any_audience = sorted(frozenset().union(*self._audiences.values()))
        self._roles = roles
        self._now = now
        self._most_known = most_known
        self._known: dict[bytes, _Known] = {}

    def start(self) -> None:
        """Begin to fetch the issuers' keys, in the background."""
        for issuer in self._issuers:
            issuer.freshen()

    async def close(self) -> None:
        """Fetch no more."""
        await asyncio.gather(*(issuer.close() for issuer in self._issuers))

    def opens(self, surface: Surface) -> bool:
        """Whether there is any token that opens a surface."""
        return self._roles.opens(surface) and bool(self._audiences[surface])

    def principal(self, token: bytes, surface: Surface) -> Principal:
        """Who brings a token to a surface.

        Raises:
            Unchecked: that is to be found out.
            InvalidToken: it is for another surface.
            PermissionDenied: somebody who may not use the surface.
        """
        known = self._known.get(sha256(token).digest())
        if known is None or known.until <= self._now() or known.edition != known.issuer.edition:
            raise Unchecked(token)
        known.issuer.freshen()
        found = known.access.get(surface)
        if found is not None:
            return found
        if known.audiences.isdisjoint(self._audiences[surface]):
            logger.warning("identity: a token was refused: its audience opens another surface than %s", surface)
            raise InvalidToken
        raise PermissionDenied

    async def check(self, token: bytes) -> None:
        """Check a token and remember what it gives. Waits for its issuer where a key is missing.

        Raises:
            InvalidToken: it gives nothing. The log says why, the error does not.
            IssuerUnreachable
        """
        try:
            presented = unverified(token)
            issuer = self._issuer(presented.issuer)
            keys = await issuer.keys(presented.key_id, presented.algorithm)
            if keys is None:
                raise IssuerUnreachable(retry_after=1)
            claims = presented.verified(keys, self._any_audience, self._now())
        except Bad as bad:
            logger.warning("identity: a token was refused: %s", bad)
            raise InvalidToken from None
        self._remember(token, claims, issuer)

    def _issuer(self, name: str) -> Issuer:
        for issuer in self._issuers:
            if issuer.name == name:
                return issuer
        raise Bad(f"its issuer is not one of this server's: {name!r:.200}")

    def _remember(self, token: bytes, claims: Claims, issuer: Issuer) -> None:
        granted = self._roles.access(claims)
        if not granted:
            logger.warning("identity: %s holds none of the roles", claims.name)
        access = {
            surface: principal
            for surface, principal in granted.items()
            if not claims.audiences.isdisjoint(self._audiences[surface])
        }
        if len(self._known) >= self._most_known:
            del self._known[next(iter(self._known))]
        self._known[sha256(token).digest()] = _Known(access, claims.audiences, claims.until, issuer, issuer.edition)
