"""The control plane: every change to a resource goes through here, whoever asks for it.

A change is decided upon all resources as of one revision, and kept only if that revision still is the last one; else it
is decided again. So two who change at once never overwrite each other, in one process, in many or on many nodes, and
what was checked holds for what is kept.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from msgspec import Struct, structs

from zaffre.config.filters import FilterConfig, lists_of
from zaffre.config.mistakes import ConfigError, Mistake, Place, quoted
from zaffre.config.schema import Config
from zaffre.config.stored import (
    StoredReader,
    check_connection,
    check_deployment,
    check_filter,
    check_name,
    check_policy,
)
from zaffre.core.errors import (
    DeclaredInFile,
    InvalidResource,
    NoSuchResource,
    PreconditionFailed,
    ResourceConflict,
)
from zaffre.core.resources import Edit, Kind, Moved, Resource, ResourceStore
from zaffre.services.control.declared import Declared
from zaffre.services.control.effective import Effective, Merging, Trial
from zaffre.services.control.policy import violations
from zaffre.services.control.state import State

logger = logging.getLogger(__name__)

Change = Callable[[Resource | None], bytes]
"""What a resource becomes: from what it is, to its body. It is asked again where others were quicker."""

_RESERVED: Final = re.compile(r"key-?[0-9]+|anonymous", re.IGNORECASE)
"""Names of keys under which usage of the server's own is kept."""

_ATTEMPTS: Final = 100
"""Each that fails means that somebody else's change was kept meanwhile."""


class Precondition(Struct, frozen=True):
    """What a caller asks of a resource as it is now."""

    version: int | None = None
    """Its version must be this one (`If-Match`)."""
    absent: bool = False
    """It must not be there yet (`If-None-Match: *`)."""


NO_PRECONDITION: Final = Precondition()


def nothing_to_announce() -> None:
    """There is nobody else."""


async def nothing_to_prepare(_: Config) -> None:
    """All of it is made at once."""


class Control:
    """The resources of one server, and those who change them."""

    def __init__(
        self,
        store: ResourceStore,
        declared: Declared,
        reader: StoredReader,
        trial: Trial,
        put_in_force: Callable[[Effective], None],
        announce: Callable[[], None] = nothing_to_announce,
        prepare: Callable[[Config], Awaitable[None]] = nothing_to_prepare,
    ) -> None:
        """
        Args:
            reader: reads the bodies of what is stored.
            put_in_force: answers by this configuration from now on.
            announce: tells the other processes of this server that something has changed.
            prepare: makes what takes a while of a configuration that will be in force, while the one before it is.
        """
        self._store = store
        self._declared = declared
        self._trial = trial
        self._put_in_force = put_in_force
        self._announce = announce
        self._prepare = prepare
        self._merging = Merging(reader, trial)
        self._lock = asyncio.Lock()
        self.state = State()
        self.effective = Effective(declared.config)

    @property
    def declared(self) -> Declared:
        """What the file says."""
        return self._declared

    def declare(self, declared: Declared) -> None:
        """The file says something else from now on. Raises what putting it in force raises, and changes nothing."""
        self._enforce(declared, self.state)

    def read(self, resource: Resource) -> Any:
        """What a resource says. Raises ConfigError: it cannot be read here."""
        return self._merging.one(resource)

    async def refresh(self) -> bool:
        """See what others have changed; whether there was anything. Raises StoreFailed."""
        async with self._lock:
            return await self._refreshed()

    async def change(
        self, kind: Kind, name: str, change: Change, *, actor: str, precondition: Precondition = NO_PRECONDITION
    ) -> Resource:
        """Create or change a resource; what it is then, in force here when this returns.

        Args:
            actor: who does it, for the audit.

        Raises:
            InvalidResource, RequestDisallowedByPolicy, DeclaredInFile, ResourceConflict, PreconditionFailed,
            StoreFailed; what `change` raises.
        """
        _named_well(kind, name)

        def decided(present: Resource | None) -> Edit:
            edit = Edit(kind, name, change(present))
            self._check(edit)
            return edit

        await self._decide(kind, name, decided, actor, precondition)
        found = self.state.get(kind, name)
        if found is None:
            # Somebody deleted it in the same moment.
            raise NoSuchResource(kind, name)
        return found

    async def delete(self, kind: Kind, name: str, *, actor: str, precondition: Precondition = NO_PRECONDITION) -> bool:
        """Delete a resource; whether there was one.

        Raises:
            DeclaredInFile, ResourceConflict, PreconditionFailed, StoreFailed
        """

        def decided(present: Resource | None) -> Edit | None:
            if present is not None:
                self.check_unused(kind, name)
            return None if present is None else Edit(kind, present.name, None)

        return await self._decide(kind, name, decided, actor, precondition)

    async def edit(self, decided: Callable[[State], Sequence[Edit]], *, actor: str) -> bool:
        """Change several resources in one step: all of them are in force when this returns, or none. Nothing of them is
        checked here. Whether there was anything to do.

        Args:
            decided: what is to be done to the resources as they are. It is asked again where others were quicker.

        Raises:
            ResourceConflict, StoreFailed; what `decided` raises.
        """
        async with self._lock:
            for _ in range(_ATTEMPTS):
                await self._refreshed()
                edits = decided(self.state)
                if not edits:
                    return False
                try:
                    await self._store.edit(edits, actor=actor, at=self.state.revision)
                except Moved:
                    continue
                await self._refreshed()
                self._announce()
                return True
        raise ResourceConflict("Too many others change resources at the same time. Try again.")

    async def _decide(
        self,
        kind: Kind,
        name: str,
        decided: Callable[[Resource | None], Edit | None],
        actor: str,
        precondition: Precondition,
    ) -> bool:
        def upon(state: State) -> list[Edit]:
            self.check_stored(kind, name)
            present = state.get(kind, name)
            hold(precondition, kind, name, present)
            edit = decided(present)
            return [] if edit is None else [edit]

        return await self.edit(upon, actor=actor)

    def check_stored(self, kind: Kind, name: str) -> None:
        """Raises DeclaredInFile: the file says what it is."""
        where = self._declared.where(kind, name)
        if where is not None:
            raise DeclaredInFile(kind, name, where)

    async def _refreshed(self) -> bool:
        if await self._store.revision() == self.state.revision:
            return False
        changes = await self._store.since(self.state.revision)
        state = self.state.after(changes)
        await self._prepare(self._merging.effective(self._declared.config, state).config)
        self._enforce(self._declared, state)
        return True

    def _enforce(self, declared: Declared, state: State) -> None:
        effective = self._merging.effective(declared.config, state)
        self._put_in_force(effective)
        _warn(effective.problems, self.effective.problems)
        self._declared, self.state, self.effective = declared, state, effective

    def _check(self, edit: Edit) -> None:
        """Whether an edit leaves a configuration that can be in force.

        Raises:
            InvalidResource, RequestDisallowedByPolicy
        """
        kind, name = edit.kind, edit.name
        state = self.state.tried(edit)
        found = state.resources[kind, name.lower()]
        try:
            said = self._merging.one(found)
        except ConfigError as error:
            raise _invalid(kind, name, error.mistakes) from error
        config = _with(self._merging.effective(self._declared.config, state).config, kind, name, said)
        mistakes: list[Mistake] = []
        if kind is Kind.DEPLOYMENT:
            mistakes = check_deployment(config, name, found.body)
        elif kind is Kind.CONNECTION:
            mistakes = check_connection(config, name, found.body)
        elif kind is Kind.CONTENT_FILTER:
            mistakes = check_filter(config, name, said)
        elif kind is Kind.POLICY:
            mistakes = check_policy(said, name)
        elif kind is Kind.KEY and _RESERVED.fullmatch(name):
            mistakes = [Mistake(Place(name, None, "name"), "a name that is not the server's own", quoted(name))]
        mistakes = mistakes or list(self._trial(config, kind, name))
        if mistakes:
            raise _invalid(kind, name, mistakes)
        if kind is Kind.DEPLOYMENT:
            for denied in violations(config.policies, {name: said}):
                raise denied.error()

    def check_unused(self, kind: Kind, name: str) -> None:
        """Raises ResourceConflict: a deployment or a content filter needs it."""
        for user, said in self._filters() if kind is Kind.BLOCKLIST else ():
            if name.lower() in (each.lower() for each in lists_of(said)):
                raise ResourceConflict(f"The blocklist '{name}' is used by the content filter '{user}'.", param=name)
        for other, wanted in self.effective.config.deployments.items():
            uses = {
                Kind.CONNECTION: wanted.connection,
                Kind.DEPLOYMENT: wanted.spillover,
                Kind.CONTENT_FILTER: wanted.content_filter,
            }.get(kind)
            if uses is not None and uses.lower() == name.lower() and other.lower() != name.lower():
                raise ResourceConflict(f"The {kind} '{name}' is used by the deployment '{other}'.", param=name)

    def _filters(self) -> Iterator[tuple[str, FilterConfig]]:
        """All that are in force, and those that would be if the file did not declare others of their names."""
        yield from self.effective.config.content_filters.items()
        for each in self.state.of(Kind.CONTENT_FILTER):
            with suppress(ConfigError):
                yield each.name, self._merging.one(each)


def _named_well(kind: Kind, name: str) -> None:
    mistakes = check_name(f"{kind} {name}", name)
    if mistakes:
        raise _invalid(kind, name, mistakes)


def hold(precondition: Precondition, kind: Kind, name: str, present: Resource | None) -> None:
    """Raises PreconditionFailed: the resource is not as the caller asks."""
    if precondition.absent and present is not None:
        raise PreconditionFailed(kind, name)
    if precondition.version is not None and (present is None or present.version != precondition.version):
        raise PreconditionFailed(kind, name)


def _invalid(kind: Kind, name: str, mistakes: Iterable[Mistake]) -> InvalidResource:
    # Who sends a resource knows its keys, and no file of ours.
    told = (f"{each.place.key or 'it'}: expected {each.expected}, found {each.found}" for each in mistakes)
    return InvalidResource(kind, name, list(told))


def _with(config: Config, kind: Kind, name: str, said: Any) -> Config:
    """The configuration with what is to be tried: what cannot be used was left out of it."""
    if kind is Kind.DEPLOYMENT:
        return structs.replace(config, deployments={**config.deployments, name: said})
    if kind is Kind.CONNECTION:
        return structs.replace(config, connections={**config.connections, name: said})
    return config


def _warn(problems: Mapping[tuple[Kind, str], str], before: Mapping[tuple[Kind, str], str]) -> None:
    """Say once what is kept and not in force."""
    for key, why in problems.items():
        if before.get(key) != why:
            kind, name = key
            logger.warning("The stored %s %s is not in force: %s.", kind, name, why)
