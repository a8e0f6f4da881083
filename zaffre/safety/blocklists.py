"""Blocklists: what their items stand for, and all of them by name."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from msgspec import Struct

from zaffre.config.filters import BlocklistConfig, Item
from zaffre.config.patterns import unreadable
from zaffre.safety.disguise import revealed
from zaffre.safety.patterns import Patterns
from zaffre.safety.terms import Terms

T = TypeVar("T")

logger = logging.getLogger(__name__)

_MUCH: Final = 5_000_000
"""Steps that a text may take on the event loop. Few lists need so many of them that it is milliseconds."""
LONG: Final = 4096
"""Characters above which no text is looked through on it."""


class Blocklist:
    """One list."""

    def __init__(self, items: Iterable[str | Item], before: "Blocklist | None" = None) -> None:
        """
        Args:
            before: the list that this one replaces. Patterns of it that stay are not read again.
        """
        said = [Item(item) if isinstance(item, str) else item for item in items]
        self._plain = [item for item in said if not item.regex]
        self._regex = [item for item in said if item.regex and _is_readable(item.pattern)]
        self._terms = Terms(item.pattern for item in self._plain)
        patterns = [item.pattern for item in self._regex]
        self._patterns: Patterns = Patterns(patterns, before._patterns if before else None)
        self._work = self._terms.work + self._patterns.instructions
        """Steps for one character of a text, at most."""

    async def found_in(self, text: str) -> bool:
        """Whether any of its items stands in the text."""
        return await self._looked(text, lambda: next(self._standing_in(text), None) is not None)

    async def standing_in(self, text: str) -> frozenset[Item]:
        """Those of its items that stand in the text."""
        return await self._looked(text, lambda: frozenset(self._standing_in(text)))

    async def _looked(self, text: str, look: Callable[[], T]) -> T:
        if len(text) <= LONG and self._work * len(text) <= _MUCH:
            return look()
        return await asyncio.to_thread(look)

    def _standing_in(self, text: str) -> Iterator[Item]:
        yield from (self._plain[place] for place in self._terms.standing_in(text))
        if not self._regex:
            return
        shown = revealed(text)
        for each in (text,) if shown == text else (text, shown):
            yield from (self._regex[place] for place in self._patterns.fitting(each))


def _is_readable(pattern: str) -> bool:
    why = unreadable(pattern)
    if why is not None:
        # Kept by a server that could read it. One item of a list is no reason to look for none of them.
        logger.error("The regular expression %r of a blocklist is not looked for: %s.", pattern, why)
    return why is None


class _Made(Struct, frozen=True):
    said: BlocklistConfig
    found: Blocklist


class Blocklists:
    """All lists of a server. What changes here holds for the next text that is checked."""

    def __init__(self) -> None:
        self._declared: dict[str, _Made] = {}
        self._ready: dict[str, _Made] = {}

    async def prepare(self, lists: Mapping[str, BlocklistConfig]) -> None:
        """Make what `declare` will need, off the event loop. Until then those before them serve."""
        self._ready = {
            name: _Made(said, await asyncio.to_thread(self._make, name, said))
            for name, said in lists.items()
            if self._made(name, said) is None
        }

    def declare(self, lists: Mapping[str, BlocklistConfig]) -> None:
        """These, and no others. Those that stay the same are not made again."""
        self._declared = {
            name: self._made(name, said) or _Made(said, self._make(name, said)) for name, said in lists.items()
        }
        self._ready = {}

    def get(self, name: str) -> Blocklist | None:
        """None: there is no such list."""
        made = self._declared.get(name)
        return None if made is None else made.found

    def _made(self, name: str, said: BlocklistConfig) -> _Made | None:
        known = (self._ready.get(name), self._declared.get(name))
        return next((made for made in known if made is not None and made.said == said), None)

    def _make(self, name: str, said: BlocklistConfig) -> Blocklist:
        return Blocklist(said.items, self.get(name))
