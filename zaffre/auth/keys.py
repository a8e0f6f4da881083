"""API keys. Only their digests are kept in memory, so that neither a dump nor a timing tells a key."""

import time
from collections.abc import Callable, Iterable
from hashlib import sha256

from msgspec import Struct

from zaffre.config.named_key import KeyConfig
from zaffre.core.deployment import Principal
from zaffre.core.errors import PermissionDenied
from zaffre.core.limits import Limiter
from zaffre.core.surface import Surface

ANONYMOUS = Principal("anonymous")
"""Who calls a server without keys, which listens on the loopback interface only."""


class NamedKey(Struct, frozen=True):
    """A key with a name, and what keeps its own rate limit."""

    name: str
    wanted: KeyConfig
    limiter: Limiter | None = None


class _Opens(Struct, frozen=True):
    principal: Principal
    surfaces: frozenset[Surface] | None = None
    """None: all."""
    expires: float | None = None


class Keys:
    """The keys that open this server. Without any, everybody is welcome."""

    def __init__(
        self, secrets: Iterable[str], named: Iterable[NamedKey] = (), now: Callable[[], float] = time.time
    ) -> None:
        """
        Args:
            secrets: keys that open everything.
            now: seconds since 1970.
        """
        self._now = now
        self._opens: dict[bytes, _Opens] = {bytes.fromhex(each.wanted.digest): _opens(each) for each in named}
        for number, secret in enumerate(secrets, 1):
            self._opens[sha256(secret.encode()).digest()] = _Opens(Principal(server_key(number)))

    @property
    def open(self) -> bool:
        """Whether no key is asked for."""
        return not self._opens

    def principal(self, secret: bytes, surface: Surface) -> Principal | None:
        """Who holds this secret; None where nobody does, or not any more.

        Raises:
            PermissionDenied: somebody who may not use this surface.
        """
        found = self._opens.get(sha256(secret).digest())
        if found is None or (found.expires is not None and found.expires <= self._now()):
            return None
        if found.surfaces is not None and surface not in found.surfaces:
            raise PermissionDenied
        return found.principal


def server_key(number: int) -> str:
    """Who calls with one of the keys that open everything, counted from 1."""
    return f"key-{number}"


def _opens(key: NamedKey) -> _Opens:
    wanted = key.wanted
    deployments = None if wanted.deployments == "all" else frozenset(map(str.lower, wanted.deployments))
    surfaces = None if wanted.surfaces == "all" else frozenset(wanted.surfaces)
    return _Opens(Principal(key.name, deployments, key.limiter), surfaces, wanted.expires)
