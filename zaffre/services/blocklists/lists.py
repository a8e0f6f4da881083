"""Blocklists as resources: made and changed while the server runs."""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from zaffre.core.errors import BadRequest, NoSuchResource
from zaffre.core.resources import Edit, Kind, Resource
from zaffre.services.blocklists.matching import Searched, Sought
from zaffre.services.control.control import Control
from zaffre.services.control.state import State

MOST_ITEMS: Final = 10_000
"""Of all lists together."""


class ListBody(Struct, omit_defaults=True):
    """What is kept of a list."""

    description: str | None = None


class ItemBody(Struct, omit_defaults=True):
    """What is kept of an item. Its words are those of the configuration file."""

    pattern: str
    description: str | None = None


class Blocklist(Struct, frozen=True):
    name: str
    description: str | None = None


class Item(Struct, frozen=True):
    id: str
    text: str
    """What is looked for, in any letter case, where no letter or digit goes on before or after it."""
    description: str | None = None


class Hit(Struct, frozen=True):
    """An item that stands in a text."""

    blocklist: str
    item: Item


class _Listed(Struct, frozen=True):
    item: Item
    sought: Sought


class Blocklists:
    """The lists of one server."""

    def __init__(self, control: Callable[[], Control], unique: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        """
        Args:
            control: through whom resources are read and changed.
            unique: makes ids of items.
        """
        self._control = control
        self._unique = unique
        self._read: tuple[State | None, dict[str, list[_Listed]]] = (None, {})

    def all(self) -> list[Blocklist]:
        """By name."""
        return sorted(map(_blocklist, self._control().state.of(Kind.BLOCKLIST)), key=lambda each: each.name.lower())

    def get(self, name: str) -> Blocklist:
        """Raises NoSuchResource."""
        return _blocklist(_found(self._control().state, name))

    async def put(
        self, name: str, description: Callable[[str | None], str | None], *, actor: str
    ) -> tuple[Blocklist, bool]:
        """Create or change a list: what it is then, and whether it is new.

        Args:
            description: what becomes of the one there is.
        """
        new = False

        def decided(state: State) -> list[Edit]:
            nonlocal new
            present = state.get(Kind.BLOCKLIST, name)
            new = present is None
            before = None if present is None else _blocklist(present).description
            body = msgspec.json.encode(ListBody(description(before)))
            return [Edit(Kind.BLOCKLIST, name if present is None else present.name, body)]

        await self._control().edit(decided, actor=actor)
        return self.get(name), new

    async def delete(self, name: str, *, actor: str) -> None:
        """Delete a list with its items; nothing happens where there is none."""

        def decided(state: State) -> list[Edit]:
            if state.get(Kind.BLOCKLIST, name) is None:
                return []
            kept = [Edit(Kind.BLOCKLIST_ITEM, each.name, None) for each in _items(state, name)]
            return [*kept, Edit(Kind.BLOCKLIST, name, None)]

        await self._control().edit(decided, actor=actor)

    def items(self, name: str) -> list[Item]:
        """In the order in which they came. Raises NoSuchResource."""
        state = self._control().state
        _found(state, name)
        return [_item(each) for each in _items(state, name)]

    def item(self, name: str, unique: str) -> Item:
        """Raises NoSuchResource."""
        state = self._control().state
        _found(state, name)
        found = state.get(Kind.BLOCKLIST_ITEM, f"{name}/{unique}")
        if found is None:
            raise NoSuchResource("blocklist item", unique)
        return _item(found)

    async def add(self, name: str, bodies: Sequence[ItemBody], *, actor: str) -> list[Item]:
        """Add items. One whose text is there already keeps its id and gets the description.

        Raises:
            NoSuchResource, BadRequest: too many items.
        """
        ids: list[str] = []

        def decided(state: State) -> list[Edit]:
            ids.clear()
            spelled = _found(state, name).name
            known = {_item(each).text: _item(each).id for each in _items(state, name)}
            edits = {}
            for body in bodies:
                unique = known.setdefault(body.pattern, self._unique())
                ids.append(unique)
                edits[unique] = Edit(Kind.BLOCKLIST_ITEM, f"{spelled}/{unique}", msgspec.json.encode(body))
            there = {_item(each).id for each in state.of(Kind.BLOCKLIST_ITEM)}
            if len(there | edits.keys()) > MOST_ITEMS:
                raise BadRequest(f"All blocklists together can hold {MOST_ITEMS} items.")
            return list(edits.values())

        await self._control().edit(decided, actor=actor)
        return [self.item(name, unique) for unique in dict.fromkeys(ids)]

    async def remove(self, name: str, ids: Iterable[str], *, actor: str) -> None:
        """Remove items. Raises NoSuchResource: of the list, or of the first item that is not in it."""
        unwanted = list(ids)

        def decided(state: State) -> list[Edit]:
            _found(state, name)
            for unique in unwanted:
                if state.get(Kind.BLOCKLIST_ITEM, f"{name}/{unique}") is None:
                    raise NoSuchResource("blocklist item", unique)
            return [Edit(Kind.BLOCKLIST_ITEM, f"{name}/{unique}", None) for unique in dict.fromkeys(unwanted)]

        await self._control().edit(decided, actor=actor)

    def hits(self, names: Collection[str], text: str) -> Iterator[Hit]:
        """The items of these lists that stand in a text. Raises NoSuchResource."""
        searched = Searched(text)
        lists = self._lists()
        for name in dict.fromkeys(each.lower() for each in names):
            spelled = self.get(name).name
            listed = lists.get(name, ())
            yield from (Hit(spelled, each.item) for each in listed if searched.has(each.sought))

    def _lists(self) -> dict[str, list["_Listed"]]:
        """Lower-case name -> what is looked for. Read once for each state of the resources."""
        state, lists = self._control().state, self._read[1]
        if self._read[0] is not state:
            lists = {}
            for each in sorted(state.of(Kind.BLOCKLIST_ITEM), key=_order):
                item = _item(each)
                listed = _Listed(item, Sought.of(item.text))
                lists.setdefault(each.name.lower().partition("/")[0], []).append(listed)
            self._read = (state, lists)
        return lists


def _found(state: State, name: str) -> Resource:
    found = state.get(Kind.BLOCKLIST, name)
    if found is None:
        raise NoSuchResource(Kind.BLOCKLIST, name)
    return found


def _items(state: State, name: str) -> list[Resource]:
    prefix = f"{name.lower()}/"
    found = (each for each in state.of(Kind.BLOCKLIST_ITEM) if each.name.lower().startswith(prefix))
    return sorted(found, key=_order)


def _order(resource: Resource) -> tuple[float, int]:
    return resource.created, resource.version


def _blocklist(resource: Resource) -> Blocklist:
    return Blocklist(resource.name, msgspec.json.decode(resource.body, type=ListBody).description)


def _item(resource: Resource) -> Item:
    body = msgspec.json.decode(resource.body, type=ItemBody)
    return Item(resource.name.partition("/")[2], body.pattern, body.description)
