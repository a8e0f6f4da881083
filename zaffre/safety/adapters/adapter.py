"""A classifier elsewhere, whatever its protocol: a text in parts, a time limit, a rest after failures."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.parts import in_parts, together
from zaffre.safety.adapters.rest import Rest
from zaffre.safety.classifier import CATEGORIES, SAFE, Findings, Side, highest

T = TypeVar("T")


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
        # What JSON cannot carry, half of a surrogate pair, says nothing either.
        parts = in_parts(text.encode("utf-8", "replace").decode(), self._protocol.longest)
        asking = together(self._protocol.ask(part, side) for part in parts)
        return highest(await self.within(asking, short=len(parts) == 1))

    async def within(self, asking: Coroutine[Any, Any, T], *, short: bool) -> T:
        """What comes of asking, if the classifier is not left alone just now and answers in time.

        Args:
            short: it is asked about a text that it should have the time for.

        Raises:
            ClassifierFailed
        """
        try:
            self._rest.check()
            async with asyncio.timeout(self._timeout):
                answer = await asking
        except TimeoutError:
            failure = ClassifierFailed("timeout")
            if short:
                self._rest.failed(failure)
            raise failure from None
        except ClassifierFailed as failure:
            self._rest.failed(failure)
            raise
        finally:
            asking.close()
        self._rest.worked()
        return answer
