"""A classifier elsewhere, whatever its protocol: a text in parts, a time limit, a rest after failures."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.parts import in_parts, together
from zaffre.safety.adapters.rest import Rest
from zaffre.safety.classifier import CATEGORIES, SAFE, Findings, Side, highest


class Protocolled(Protocol):
    """One protocol: how one part of a text is asked about."""

    @property
    def categories(self) -> frozenset[str]:
        """What it finds, attacks included."""
        ...

    @property
    def longest(self) -> int:
        """Characters of one question."""
        ...

    async def ask(self, text: str, side: Side) -> Findings:
        """What is found in a text that is not blank and not too long. Raises ClassifierFailed."""
        ...


class Adapter:
    """The port `safety.classifier.Classifier`, over a protocol."""

    def __init__(
        self, name: str, protocol: Protocolled, *, timeout: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        """
        Args:
            timeout: seconds for one text, all its parts together.
            now: seconds on a clock that is never set back.
        """
        self._name = name
        self._protocol = protocol
        self._timeout = timeout
        self._rest = Rest(now)

    @property
    def name(self) -> str:
        return self._name

    @property
    def categories(self) -> frozenset[str]:
        return self._protocol.categories

    async def classify(self, text: str, side: Side) -> Findings:
        """Raises ClassifierFailed."""
        if not text.strip():
            # There is nothing to find, and published services refuse to look.
            return Findings({category: SAFE for category in CATEGORIES if category in self.categories})
        self._rest.check()
        # What JSON cannot carry, half of a surrogate pair, says nothing either.
        parts = in_parts(text.encode("utf-8", "replace").decode(), self._protocol.longest)
        try:
            found = await self._asked(parts, side)
        except ClassifierFailed as failure:
            # A text may be too long for the time there is; that is not the classifier's failure.
            if failure.reason != "timeout" or len(parts) == 1:
                self._rest.failed(failure)
            raise
        self._rest.worked()
        return highest(found)

    async def _asked(self, parts: list[str], side: Side) -> list[Findings]:
        try:
            async with asyncio.timeout(self._timeout):
                return await together(self._protocol.ask(part, side) for part in parts)
        except TimeoutError:
            raise ClassifierFailed("timeout") from None
