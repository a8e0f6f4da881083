"""Blocklists: what their items stand for, and all of them by name."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from zaffre.config.filters import BlocklistConfig, Item
from zaffre.safety.patterns import Patterns
from zaffre.safety.terms import Terms

_MUCH: Final = 1_000_000
"""Patterns times characters above which a text is looked through off the event loop: less than a millisecond below."""
LONG: Final = 4096
"""Characters above which any text is."""


class Blocklist:
    """One list."""

    def __init__(self, items: Iterable[str | Item]) -> None:
        """Raises re2.error: a pattern that cannot be read."""
        said = [Item(item) if isinstance(item, str) else item for item in items]
        self._terms = Terms(item.pattern for item in said if not item.regex)
        self._patterns = Patterns([item.pattern for item in said if item.regex])

    async def found_in(self, text: str) -> bool:
        """Whether any of its items stands in the text."""
        if len(text) <= LONG and len(self._patterns) * len(text) <= _MUCH:
            return self._found_in(text)
        return await asyncio.to_thread(self._found_in, text)

    def _found_in(self, text: str) -> bool:
        return self._terms.found_in(text) or self._patterns.found_in(text)


class Blocklists:
    """All lists of a server. What changes here holds for the next text that is checked."""

    def __init__(self) -> None:
        self._said: dict[str, BlocklistConfig] = {}
        self._lists: dict[str, Blocklist] = {}

    def declare(self, lists: Mapping[str, BlocklistConfig]) -> None:
        """These, and no others. Those that stay the same are not made again."""
        kept = {name: self._lists[name] for name, said in lists.items() if self._said.get(name) == said}
        made = {name: Blocklist(said.items) for name, said in lists.items() if name not in kept}
        self._said = {**lists}
        self._lists = {**kept, **made}

    def get(self, name: str) -> Blocklist | None:
        """None: there is no such list."""
        return self._lists.get(name)
