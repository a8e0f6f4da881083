"""An issuer and its keys: looked at again when they are old or lack one, and kept where it does not answer."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from zaffre.auth.discovery import Undiscovered
from zaffre.auth.key_set import KeySet, SigningKey

logger = logging.getLogger(__name__)

OLD: Final = 3600.0
"""Seconds after which keys are looked at again, while they still serve."""
REST: Final = 10.0
"""Seconds between two looks at the least: anybody can send tokens that name an unknown key."""


class Issuer(Protocol):
    """Whose tokens are taken."""

    @property
    def name(self) -> str:
        """As its tokens have it."""
        ...

    @property
    def edition(self) -> int:
        """Another number whenever its keys are others."""
        ...

    async def keys(self, key_id: str | None, algorithm: str) -> list[SigningKey] | None:
        """Those that may have signed a token; None where nobody knows, since the issuer was never reached."""
        ...

    def freshen(self) -> None:
        """Have the keys looked at again, beside everything else, if they are old."""
        ...

    async def close(self) -> None: ...


class RemoteIssuer:
    """One that is asked for its keys. What it once said holds until it says something else."""

    def __init__(self, name: str, fetch: Callable[[], Awaitable[KeySet]], now: Callable[[], float] = time.time) -> None:
        """
        Args:
            fetch: its keys. Raises Undiscovered.
            now: seconds.
        """
        self.name = name
        self.edition = 0
        self._fetch = fetch
        self._now = now
        self._keys: KeySet | None = None
        self._renewed = self._looked = -math.inf
        """When a look succeeded; when the last one began."""
        self._look: asyncio.Task[None] | None = None

    async def keys(self, key_id: str | None, algorithm: str) -> list[SigningKey] | None:
        found = self._fitting(key_id, algorithm)
        if found:
            self.freshen()
            return found
        self._begin()
        if self._look is not None:
            # Whoever gives up waiting does not take the answer from the others.
            await asyncio.shield(self._look)
        return None if self._keys is None else self._fitting(key_id, algorithm)

    def freshen(self) -> None:
        if self._now() - self._renewed >= OLD:
            self._begin()

    async def close(self) -> None:
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)

    def _fitting(self, key_id: str | None, algorithm: str) -> list[SigningKey]:
        return [] if self._keys is None else self._keys.fitting(key_id, algorithm)

    def _begin(self) -> None:
        """Look, unless somebody does, or did a moment ago."""
        if self._look is None and self._now() - self._looked >= REST:
            self._looked = self._now()
            self._look = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            keys = await self._fetch()
        except Undiscovered as failure:
            logger.warning("identity: the keys of %s cannot be had: %s", self.name, failure)
        else:
            self._renewed = self._now()
            if keys != self._keys:
                self._keys = keys
                self.edition += 1
        finally:
            self._look = None
