"""Blocklists as resources: declared in the file, or made and changed while the server runs."""

import asyncio
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from zaffre.config.filters import LONGEST_PATTERN, MOST_ITEMS, BlocklistConfig
from zaffre.config.filters import Item as ItemConfig
from zaffre.config.patterns import MOST_INSTRUCTIONS, instructions, unreadable
from zaffre.core.errors import BadRequest, NoSuchResource
from zaffre.core.resources import Edit, Kind, Resource
from zaffre.services.control.bodies import ItemBody, ListBody
from zaffre.services.control.control import NO_PRECONDITION, Control, Precondition, hold
from zaffre.services.control.state import State

_NAME: Final = re.compile(r"[0-9A-Za-z._~-]{1,64}")


class Blocklist(Struct, frozen=True):
    name: str
    description: str | None = None
    version: int = 0
    """0: the configuration file declares it."""
    tags: dict[str, str] = {}


class Item(Struct, frozen=True):
    id: str
    text: str
    """What is looked for, in any letter case, where no letter or digit goes on before or after it."""
    description: str | None = None
    regex: bool = False
    """It is a regular expression, which fits anywhere."""
    version: int = 0
    tags: dict[str, str] = {}


_Named = tuple[str, ItemBody]
"""An item, and what it is called in messages."""


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

    def all(self) -> list[Blocklist]:
        """The file's as it has them, then those that are stored, by name."""
        control = self._control()
        declared = [Blocklist(name) for name in control.declared.config.blocklists]
        stored = sorted(map(_blocklist, control.state.of(Kind.BLOCKLIST)), key=lambda each: each.name.lower())
        taken = {each.name.lower() for each in declared}
        return [*declared, *(each for each in stored if each.name.lower() not in taken)]

    def get(self, name: str) -> Blocklist:
        """Raises NoSuchResource."""
        control = self._control()
        spelled = control.declared.spelled(Kind.BLOCKLIST, name)
        return _blocklist(_found(control.state, name)) if spelled is None else Blocklist(spelled)

    async def put(
        self,
        name: str,
        change: Callable[[ListBody], ListBody],
        *,
        actor: str,
        precondition: Precondition = NO_PRECONDITION,
    ) -> tuple[Blocklist, bool]:
        """Create or change a list: what it is then, and whether it is new.

        Args:
            change: what becomes of the one there is, or of one about which nothing is said.

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
            said = ListBody() if present is None else msgspec.json.decode(present.body, type=ListBody)
            body = msgspec.json.encode(change(said))
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
        control = self._control()
        spelled = control.declared.spelled(Kind.BLOCKLIST, name)
        if spelled is not None:
            return _declared_items(control.declared.config.blocklists[spelled])
        _found(control.state, name)
        return [_item(each) for each in _items(control.state, name)]

    def item(self, name: str, unique: str) -> Item:
        """Raises NoSuchResource."""
        control = self._control()
        if control.declared.spelled(Kind.BLOCKLIST, name) is not None:
            found = next((each for each in self.items(name) if each.id == unique), None)
        else:
            _found(control.state, name)
            stored = control.state.get(Kind.BLOCKLIST_ITEM, f"{name}/{unique}")
            found = None if stored is None else _item(stored)
        if found is None:
            raise NoSuchResource("blocklist item", unique)
        return found

    async def add(self, name: str, bodies: Sequence[ItemBody], *, actor: str) -> list[Item]:
        """Add items. One whose text is there already keeps its id and its tags, and gets the description.

        Raises:
            NoSuchResource, DeclaredInFile; BadRequest: of a pattern, or too many items.
        """
        await self._check_patterns(name, [(body.pattern, body) for body in bodies])
        ids: list[str] = []

        def decided(state: State) -> list[Edit]:
            ids.clear()
            self._control().check_stored(Kind.BLOCKLIST, name)
            spelled = _found(state, name).name
            there = list(map(_item, _items(state, name)))
            known = {(each.text, each.regex): each.id for each in there}
            tags = {each.id: each.tags for each in there}
            edits = {}
            for body in bodies:
                unique = known.setdefault((body.pattern, body.regex), self._unique())
                ids.append(unique)
                kept = msgspec.json.encode(replace(body, tags=tags.get(unique, body.tags)))
                edits[unique] = Edit(Kind.BLOCKLIST_ITEM, f"{spelled}/{unique}", kept)
            added = {unique: (body.pattern, body) for unique, body in zip(ids, bodies, strict=True)}
            _check_room([each for each in there if each.id not in added], list(added.values()))
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
        for unique in bodies:
            _check_name("blocklist item", unique)
        await self._check_patterns(name, list(bodies.items()))
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
            changed = {found.name for found in present.values() if found is not None}
            kept = [_item(each) for each in _items(state, name) if each.name not in changed]
            _check_room(kept, list(bodies.items()))
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

    async def _check_patterns(self, name: str, bodies: Sequence[_Named]) -> None:
        """Raises BadRequest: of the first that is none."""
        for unique, body in bodies:
            if not 0 < len(body.pattern.strip()) <= len(body.pattern) <= LONGEST_PATTERN:
                raise BadRequest(f"{unique}: pattern: expected 1 to {LONGEST_PATTERN} characters.", param="pattern")
        if any(body.regex for _, body in bodies):
            await asyncio.to_thread(self._read_patterns, name, bodies)

    def _read_patterns(self, name: str, bodies: Sequence[_Named]) -> None:
        """Thousands take a while. The list's own are read, too, so that their sizes are known once they are needed."""
        for unique, body in bodies:
            why = unreadable(body.pattern) if body.regex else None
            if why is not None:
                raise BadRequest(
                    f"{unique}: pattern: RE2 cannot read this regular expression ({why}).", param="pattern"
                )
        _instructions(map(_item, _items(self._control().state, name)))


def _declared_items(said: BlocklistConfig) -> list[Item]:
    """Counted from 1: the file gives them no names."""
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
    body = msgspec.json.decode(resource.body, type=ListBody)
    return Blocklist(resource.name, body.description, resource.version, body.tags)


def _item(resource: Resource) -> Item:
    body = msgspec.json.decode(resource.body, type=ItemBody)
    unique = resource.name.partition("/")[2]
    return Item(unique, body.pattern, body.description, body.regex, resource.version, body.tags)


def _check_name(what: str, name: str) -> None:
    """Raises BadRequest."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"The name of a {what} has 1 to 64 letters, digits, and characters of . _ ~ -", code="InvalidResourceName"
        )


def _check_room(kept: Sequence[Item], added: Sequence[_Named]) -> None:
    """Raises BadRequest: a list cannot hold all of these."""
    if len(kept) + len(added) > MOST_ITEMS:
        raise BadRequest(f"A blocklist can hold {MOST_ITEMS} items.")
    if not any(body.regex for _, body in added):
        return
    taken = _instructions(kept)
    for unique, body in added:
        taken += instructions(body.pattern) if body.regex else 0
        if taken > MOST_INSTRUCTIONS:
            raise BadRequest(
                f"{unique}: pattern: with this regular expression those of the list are too large to be looked for "
                f"({taken} instructions of RE2's, at most {MOST_INSTRUCTIONS}).",
                param="pattern",
            )


def _instructions(items: Iterable[Item]) -> int:
    return sum(instructions(each.text) for each in items if each.regex and unreadable(each.text) is None)
