"""Blocklists as resources: made and changed while the server runs."""

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from zaffre.config.filter_checks import unreadable
from zaffre.config.filters import LONGEST_PATTERN, BlocklistConfig
from zaffre.config.filters import Item as ItemConfig
from zaffre.core.errors import BadRequest, NoSuchResource
from zaffre.core.resources import Edit, Kind, Resource
from zaffre.safety.patterns import Patterns
from zaffre.services.blocklists.matching import Searched, Sought
from zaffre.services.control.bodies import ItemBody, ListBody
from zaffre.services.control.control import NO_PRECONDITION, Control, Precondition, hold
from zaffre.services.control.state import State

_NAME: Final = re.compile(r"[0-9A-Za-z._~-]{1,64}")
MOST_ITEMS: Final = 10_000
"""Of all lists together."""


class Blocklist(Struct, frozen=True):
    name: str
    description: str | None = None
    version: int = 0
    """0: the configuration file declares it."""


class Item(Struct, frozen=True):
    id: str
    text: str
    """What is looked for, in any letter case, where no letter or digit goes on before or after it."""
    description: str | None = None
    regex: bool = False
    """It is a regular expression, which fits anywhere."""
    version: int = 0


class Hit(Struct, frozen=True):
    """An item that stands in a text."""

    blocklist: str
    item: Item


class _Listed(Struct, frozen=True):
    item: Item
    sought: Sought | Patterns

    def stands_in(self, searched: Searched) -> bool:
        if isinstance(self.sought, Patterns):
            return self.sought.found_in(searched.text)
        return searched.has(self.sought)


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
        """Those that are stored, by name."""
        return sorted(map(_blocklist, self._control().state.of(Kind.BLOCKLIST)), key=lambda each: each.name.lower())

    def get(self, name: str) -> Blocklist:
        """Raises NoSuchResource."""
        return _blocklist(_found(self._control().state, name))

    async def put(
        self,
        name: str,
        description: Callable[[str | None], str | None],
        *,
        actor: str,
        precondition: Precondition = NO_PRECONDITION,
    ) -> tuple[Blocklist, bool]:
        """Create or change a list: what it is then, and whether it is new.

        Args:
            description: what becomes of the one there is.

        Raises:
            BadRequest: of the name; DeclaredInFile, PreconditionFailed.
        """
        _check_name("blocklist", name)
        new = False

        def decided(state: State) -> list[Edit]:
            nonlocal new
            self._control().check_stored(Kind.BLOCKLIST, name)
            present = state.get(Kind.BLOCKLIST, name)
            hold(precondition, Kind.BLOCKLIST, name, present)
            new = present is None
            before = None if present is None else _blocklist(present).description
            body = msgspec.json.encode(ListBody(description(before)))
            return [Edit(Kind.BLOCKLIST, name if present is None else present.name, body)]

        await self._control().edit(decided, actor=actor)
        return self.get(name), new

    async def delete(self, name: str, *, actor: str, precondition: Precondition = NO_PRECONDITION) -> None:
        """Delete a list with its items; nothing happens where there is none.

        Raises: DeclaredInFile, PreconditionFailed, ResourceConflict: a content filter uses it.
        """

        def decided(state: State) -> list[Edit]:
            self._control().check_stored(Kind.BLOCKLIST, name)
            present = state.get(Kind.BLOCKLIST, name)
            hold(precondition, Kind.BLOCKLIST, name, present)
            if present is None:
                return []
            self._control().check_unused(Kind.BLOCKLIST, name)
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
            NoSuchResource, DeclaredInFile; BadRequest: of a pattern, or too many items.
        """
        for body in bodies:
            _check_pattern(body.pattern, body)
        ids: list[str] = []

        def decided(state: State) -> list[Edit]:
            ids.clear()
            self._control().check_stored(Kind.BLOCKLIST, name)
            spelled = _found(state, name).name
            known = {(each.text, each.regex): each.id for each in map(_item, _items(state, name))}
            edits = {}
            for body in bodies:
                unique = known.setdefault((body.pattern, body.regex), self._unique())
                ids.append(unique)
                edits[unique] = Edit(Kind.BLOCKLIST_ITEM, f"{spelled}/{unique}", msgspec.json.encode(body))
            there = {_item(each).id for each in state.of(Kind.BLOCKLIST_ITEM)}
            _check_number(len(there | edits.keys()))
            return list(edits.values())

        await self._control().edit(decided, actor=actor)
        return [self.item(name, unique) for unique in dict.fromkeys(ids)]

    async def put_items(
        self,
        name: str,
        bodies: Mapping[str, ItemBody],
        *,
        actor: str,
        precondition: Precondition = NO_PRECONDITION,
    ) -> bool:
        """Create or change items, by their names; whether any is new.

        Args:
            precondition: asked of each of them.

        Raises:
            NoSuchResource, DeclaredInFile, PreconditionFailed; BadRequest: of a name or a pattern, or too many items.
        """
        for unique, body in bodies.items():
            _check_name("blocklist item", unique)
            _check_pattern(unique, body)
        new = False

        def decided(state: State) -> list[Edit]:
            nonlocal new
            self._control().check_stored(Kind.BLOCKLIST, name)
            spelled = _found(state, name).name
            present = {unique: state.get(Kind.BLOCKLIST_ITEM, f"{name}/{unique}") for unique in bodies}
            for unique, found in present.items():
                hold(precondition, Kind.BLOCKLIST_ITEM, unique, found)
            added = sum(found is None for found in present.values())
            new = added > 0
            _check_number(sum(1 for _ in state.of(Kind.BLOCKLIST_ITEM)) + added)
            return [
                Edit(
                    Kind.BLOCKLIST_ITEM,
                    f"{spelled}/{unique}" if found is None else found.name,
                    msgspec.json.encode(bodies[unique]),
                )
                for unique, found in present.items()
            ]

        await self._control().edit(decided, actor=actor)
        return new

    async def remove(self, name: str, ids: Iterable[str], *, actor: str) -> None:
        """Remove items. Raises NoSuchResource: of the list, or of the first item that is not in it."""
        unwanted = list(ids)

        def decided(state: State) -> list[Edit]:
            self._control().check_stored(Kind.BLOCKLIST, name)
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
            yield from (Hit(spelled, each.item) for each in listed if each.stands_in(searched))

    def _lists(self) -> dict[str, list["_Listed"]]:
        """Lower-case name -> what is looked for. Read once for each state of the resources."""
        state, lists = self._control().state, self._read[1]
        if self._read[0] is not state:
            lists = {}
            for each in sorted(state.of(Kind.BLOCKLIST_ITEM), key=_order):
                item = _item(each)
                listed = _Listed(item, Patterns([item.text]) if item.regex else Sought.of(item.text))
                lists.setdefault(each.name.lower().partition("/")[0], []).append(listed)
            self._read = (state, lists)
        return lists


def declared_items(said: BlocklistConfig) -> list[Item]:
    """The items of a list of the configuration file, counted from 1."""
    read = (each if isinstance(each, ItemConfig) else ItemConfig(each) for each in said.items)
    return [Item(str(number), each.pattern, regex=each.regex) for number, each in enumerate(read, 1)]


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
    return Blocklist(resource.name, msgspec.json.decode(resource.body, type=ListBody).description, resource.version)


def _item(resource: Resource) -> Item:
    body = msgspec.json.decode(resource.body, type=ItemBody)
    return Item(resource.name.partition("/")[2], body.pattern, body.description, body.regex, resource.version)


def _check_name(what: str, name: str) -> None:
    """Raises BadRequest."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"The name of a {what} has 1 to 64 letters, digits, and characters of . _ ~ -", code="InvalidResourceName"
        )


def _check_pattern(unique: str, body: ItemBody) -> None:
    """Raises BadRequest."""
    if not 0 < len(body.pattern.strip()) <= len(body.pattern) <= LONGEST_PATTERN:
        raise BadRequest(f"{unique}: pattern: expected 1 to {LONGEST_PATTERN} characters.", param="pattern")
    why = unreadable(body.pattern) if body.regex else None
    if why is not None:
        raise BadRequest(f"{unique}: pattern: RE2 cannot read this regular expression ({why}).", param="pattern")


def _check_number(items: int) -> None:
    """Raises BadRequest."""
    if items > MOST_ITEMS:
        raise BadRequest(f"All blocklists together can hold {MOST_ITEMS} items.")
