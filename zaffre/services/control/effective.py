"""What is in force: what the file declares, and what is stored beside it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct, structs

from zaffre.config.filters import OFF, SYSTEM_MANAGED, BlocklistConfig, FilterConfig, Item
from zaffre.config.mistakes import ConfigError, Mistake
from zaffre.config.named_key import KeyConfig, ServerKeyConfig
from zaffre.config.policies import Policy
from zaffre.config.schema import Config, ConnectionConfig, DeploymentConfig
from zaffre.config.stored import StoredReader, beside, merged
from zaffre.core.resources import Kind, Resource
from zaffre.services.control.bodies import ItemBody
from zaffre.services.control.state import State

KINDS: Final[Mapping[Kind, type[Struct]]] = {
    Kind.CONNECTION: ConnectionConfig,
    Kind.DEPLOYMENT: DeploymentConfig,
    Kind.KEY: KeyConfig,
    Kind.POLICY: Policy,
    Kind.CONTENT_FILTER: FilterConfig,
    Kind.SERVER_KEY: ServerKeyConfig,
}
"""What the body of each kind says."""


class Effective(Struct, frozen=True):
    """The configuration in force, and what is kept and not in force."""

    config: Config
    problems: Mapping[tuple[Kind, str], str] = {}
    """Why a resource is not in force: by kind and lower-case name, a sentence."""
    keys: Mapping[str, KeyConfig] = {}
    """Those with a name."""


Section = tuple[Kind, Mapping[str, object], Mapping[str, object]]
"""What the file declares of a kind, and what is stored of it."""


class Trial(Protocol):
    """Whether a connection or a deployment could really be used here, without a packet sent."""

    def __call__(self, config: Config, kind: Kind, name: str) -> Iterable[Mistake]: ...


class Merging:
    """Makes it; reads no body twice."""

    def __init__(self, reader: StoredReader, trial: Trial) -> None:
        self._reader = reader
        self._trial = trial
        self._read: dict[tuple[Kind, str], tuple[Resource, Any]] = {}
        self._tried: dict[tuple[Kind, str], tuple[object, object, str]] = {}
        self._lists: tuple[tuple[int, int, int], dict[str, BlocklistConfig]] = ((0, 0, 0), {})

    def effective(self, declared: Config, state: State) -> Effective:
        """What a configuration and the resources beside it come to. Those that cannot be used here are left out."""
        problems: dict[tuple[Kind, str], str] = {}
        connections = self._all(state, Kind.CONNECTION, problems)
        deployments = self._all(state, Kind.DEPLOYMENT, problems)
        policies = self._all(state, Kind.POLICY, problems)
        filters = self._all(state, Kind.CONTENT_FILTER, problems)
        lists = self._blocklists(state)
        sections: tuple[Section, ...] = (
            (Kind.CONNECTION, declared.connections, connections),
            (Kind.DEPLOYMENT, declared.deployments, deployments),
            (Kind.POLICY, {each.name: each for each in declared.policies}, policies),
            (Kind.CONTENT_FILTER, declared.content_filters, filters),
            (Kind.BLOCKLIST, declared.blocklists, lists),
        )
        for section in sections:
            problems.update(_shadowed(*section))
        declared = structs.replace(
            declared,
            policies=_with_policies(declared.policies, policies),
            content_filters=beside(declared.content_filters, filters),
            blocklists=beside(declared.blocklists, lists),
        )
        config = merged(declared, connections, {})
        self._leave_out(config, Kind.CONNECTION, connections, problems)
        config = merged(declared, connections, deployments)
        self._leave_out(config, Kind.DEPLOYMENT, deployments, problems)
        config = merged(declared, connections, deployments)
        return Effective(config, problems, self._all(state, Kind.KEY, problems))

    def _blocklists(self, state: State) -> dict[str, BlocklistConfig]:
        items = list(state.of(Kind.BLOCKLIST_ITEM))
        lists = list(state.of(Kind.BLOCKLIST))
        as_of = (len(lists), len(items), max((each.version for each in (*lists, *items)), default=0))
        if self._lists[0] != as_of:
            named: dict[str, list[Item]] = {each.name.lower(): [] for each in lists}
            for each in items:
                said = msgspec.json.decode(each.body, type=ItemBody)
                named.setdefault(each.name.lower().partition("/")[0], []).append(Item(said.pattern, said.regex))
            found = {each.name: BlocklistConfig(tuple(named[each.name.lower()])) for each in lists}
            self._lists = (as_of, found)
        return self._lists[1]

    def _leave_out(
        self, config: Config, kind: Kind, stored: dict[str, Any], problems: dict[tuple[Kind, str], str]
    ) -> None:
        """Take out those that cannot be used here, and say why."""
        for name in [name for name in stored if (kind, name.lower()) not in problems]:
            why = self._trouble(config, kind, name, stored[name])
            if why:
                problems[kind, name.lower()] = why
                del stored[name]

    def _trouble(self, config: Config, kind: Kind, name: str, said: Any) -> str:
        """Why something cannot be used here; "" where it can."""
        beside = None
        if kind is Kind.DEPLOYMENT:
            beside = config.connections.get(said.connection)
            if beside is None:
                return f"its connection '{said.connection}' is not there, or cannot be used here"
            if said.content_filter not in (None, OFF, *SYSTEM_MANAGED, *config.content_filters):
                return f"its content filter '{said.content_filter}' is not there"
        key = (kind, name.lower())
        known = self._tried.get(key)
        if known is None or known[0] is not said or known[1] is not beside:
            why = "; ".join(f"expected {each.expected}, found {each.found}" for each in self._trial(config, kind, name))
            known = self._tried[key] = (said, beside, why)
        return known[2]

    def _all(self, state: State, kind: Kind, problems: dict[tuple[Kind, str], str]) -> dict[str, Any]:
        found = {}
        for each in state.of(kind):
            try:
                found[each.name] = self.one(each)
            except ConfigError as error:
                problems[kind, each.name.lower()] = "; ".join(map(str, error.mistakes))
        return found

    def one(self, resource: Resource) -> Any:
        """What one resource's body says. Raises ConfigError."""
        key = (resource.kind, resource.name.lower())
        known = self._read.get(key)
        # The same text, not the same version: what was read to be tried is not read again once it is kept.
        if known is not None and known[0].body == resource.body:
            return known[1]
        value = self._reader.read(f"{resource.kind} {resource.name}", resource.body, KINDS[resource.kind])
        self._read[key] = (resource, value)
        return value


def _with_policies(declared: Iterable[Policy], stored: Mapping[str, Policy]) -> tuple[Policy, ...]:
    return tuple(beside({each.name: each for each in declared}, stored).values())


def _shadowed(
    kind: Kind, declared: Mapping[str, object], stored: Mapping[str, object]
) -> Iterator[tuple[tuple[Kind, str], str]]:
    """What is stored under names that the file declares, and why it is not in force."""
    names = {name.lower() for name in declared}
    for name in stored:
        if name.lower() in names:
            yield (kind, name.lower()), f"the configuration file declares a {kind} of that name, which wins"
