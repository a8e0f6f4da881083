"""Which items of blocklists stand in a text: what content filters find, and whose items those are."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from zaffre.config.filters import Item as Wanted
from zaffre.safety.blocklists import Blocklist as Looking
from zaffre.services.blocklists.lists import Blocklists, Item


class Hit(Struct, frozen=True):
    """An item that stands in a text."""

    blocklist: str
    item: Item


class Matching:
    """Looks for them."""

    def __init__(self, lists: Blocklists, looking: Callable[[str], Looking | None]) -> None:
        """
        Args:
            looking: who looks for the items of a list in force, by its name.
        """
        self._lists: Final = lists
        self._looking: Final = looking

    async def hits(self, names: Iterable[str], text: str) -> list[Hit]:
        """The items of these lists that stand in a text. Raises NoSuchResource."""
        spelled = dict.fromkeys(self._lists.get(name).name for name in names)
        return [hit for name in spelled for hit in await self._hits(name, text)]

    async def _hits(self, name: str, text: str) -> list[Hit]:
        looking = self._looking(name)
        standing = await looking.standing_in(text) if looking else ()
        if not standing:
            return []
        return [Hit(name, each) for each in self._lists.items(name) if Wanted(each.text, each.regex) in standing]
