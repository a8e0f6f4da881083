"""What the configuration file may say of one connection or deployment, said to the running server and kept as JSON."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, structs

from zaffre.config import filter_checks, policies
from zaffre.config.checks import Review
from zaffre.config.filters import FilterConfig
from zaffre.config.forms import Name
from zaffre.config.mistakes import ConfigError, Mistake, Place, quoted, refuse
from zaffre.config.outline import Keys
from zaffre.config.policies import Policy
from zaffre.config.reading import WRONG, Reader
from zaffre.config.references import References
from zaffre.config.schema import Config, ConnectionConfig
from zaffre.config.tree import MAX_DEPTH, MappingNode, Node, Scalar, SequenceNode

S = TypeVar("S", bound=Struct)

_REFERENCE: Final = ("env:", "file:")


class StoredReader:
    """Reads their bodies in the words of the file."""

    def __init__(self, folder: Path, providers: Collection[str], environ: Mapping[str, str] = os.environ) -> None:
        """
        Args:
            folder: where relative paths start.
            providers: names of the providers that this server has.
            environ: what `env:NAME` means.
        """
        self._folder = folder
        self._providers = providers
        self._environ = environ

    def read(self, what: str, body: bytes, kind: type[S]) -> S:
        """What a body says.

        Args:
            what: names it in messages, such as `deployment mistral`.
            body: a JSON object.

        Raises:
            ConfigError: with every mistake; what they place is a key of the body.
        """
        mistakes: list[Mistake] = []
        tree = node_of(what, body)
        references = References(self._folder, self._environ, self._providers, mistakes)
        found = Reader(what, references.resolvers(), mistakes).read(tree, kind, "")
        if kind is ConnectionConfig:
            mistakes += _plain_secrets(what, tree)
        if found is WRONG or mistakes:
            raise ConfigError(
                [Mistake(Place(what, None, each.place.key), each.expected, each.found) for each in mistakes]
            )
        return found  # type: ignore[no-any-return]


def node_of(what: str, body: bytes) -> MappingNode:
    """The tree of a JSON object. Raises ConfigError: it is none."""
    try:
        node = _node(msgspec.json.decode(body), 0)
    except (msgspec.DecodeError, RecursionError, ValueError):
        refuse(Place(what), "a JSON object", "something else")
    if not isinstance(node, MappingNode):
        refuse(Place(what), "a JSON object", "something else")
    return node


def _node(value: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise ValueError
    if isinstance(value, dict):
        entries = {str(name): _node(inner, depth + 1) for name, inner in value.items()}
        return MappingNode(1, entries, dict.fromkeys(entries, 1))
    if isinstance(value, list):
        return SequenceNode(1, tuple(_node(inner, depth + 1) for inner in value), 1, 1)
    if isinstance(value, str):
        return Scalar(1, value, plain=False)
    return Scalar(1, msgspec.json.encode(value).decode())


def _plain_secrets(what: str, tree: MappingNode) -> list[Mistake]:
    """A database is copied and looked into more often than a credential should be."""
    node = tree.entries.get("credential")
    if isinstance(node, Scalar) and not node.nothing and not node.text.startswith(_REFERENCE):
        return [Mistake(Place(what, None, "credential"), "a reference (env:NAME or file:PATH)", "a text")]
    return []


class _KeysOf:
    """Places in one body, as its sender knows them."""

    def __init__(self, what: str) -> None:
        self._what = what

    def place(self, keys: Keys) -> Place:
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys[2:])
        return Place(self._what, None, path.removeprefix("."))


def check_deployment(config: Config, name: str, body: bytes) -> list[Mistake]:
    """What is wrong with one deployment among all others.

    Args:
        config: with this deployment in it.
        body: of this deployment.
    """
    what = f"deployment {name}"
    mistakes: list[Mistake] = []
    review = Review(config, _tree(config, "deployments", name, node_of(what, body)), _KeysOf(what), mistakes)
    review.deployment(name, config.deployments[name])
    if config.deployments[name].hosts:
        review.hosts()
    return mistakes


def check_connection(config: Config, name: str, body: bytes) -> list[Mistake]:
    """What is wrong with one connection."""
    what = f"connection {name}"
    mistakes: list[Mistake] = []
    tree = _tree(config, "connections", name, node_of(what, body))
    Review(config, tree, _KeysOf(what), mistakes).connection(name, config.connections[name])
    return mistakes


def check_policy(policy: Policy, name: str) -> list[Mistake]:
    """What is wrong with a policy that is kept under a name."""
    wrong = list(policies.mistakes(policy))
    if policy.name != name:
        wrong.append(("name", f"the name that it is kept under, {quoted(name)}", quoted(policy.name)))
    return [Mistake(Place(f"policy {name}", None, key), expected, found) for key, expected, found in wrong]


def check_filter(config: Config, name: str, wanted: FilterConfig) -> list[Mistake]:
    """What is wrong with a content filter."""
    wrong = filter_checks.of_filter(name, wanted, config.blocklists, config.classifiers)
    what = _KeysOf(f"content filter {name}")
    return [Mistake(what.place(("content_filters", name, *each.keys)), each.expected, each.found) for each in wrong]


def _tree(config: Config, section: str, name: str, node: MappingNode) -> MappingNode:
    """All names there are, and what was said of the one."""
    nothing = MappingNode(1, {}, {})
    sections: dict[str, Node] = {}
    for each in ("connections", "content_filters", "deployments"):
        entries: dict[str, Node] = dict.fromkeys(getattr(config, each), nothing)
        sections[each] = MappingNode(1, entries | ({name: node} if each == section else {}), {})
    return MappingNode(1, sections, {})


def merged(declared: Config, connections: Mapping[str, ConnectionConfig], deployments: Mapping[str, Any]) -> Config:
    """What the file declares, and what was stored beside it. Of two of one name, the file's is the one."""
    return structs.replace(
        declared,
        connections=beside(declared.connections, connections),
        deployments=beside(declared.deployments, deployments),
    )


def beside(first: Mapping[str, S], more: Mapping[str, S]) -> dict[str, S]:
    """What is named first, and more of other names."""
    taken = {name.lower() for name in first}
    return {**first, **{name: value for name, value in more.items() if name.lower() not in taken}}


def check_name(what: str, name: str) -> list[Mistake]:
    """What is wrong with a name."""
    mistakes: list[Mistake] = []
    Reader(what, {}, mistakes).read(Scalar(1, name, plain=False), Name, "name")
    return [Mistake(Place(what, None, "name"), each.expected, each.found) for each in mistakes]
