"""What one key of a configuration asks of another: names that must exist, keys that belong to one provider."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import structs

from zaffre.config import capacity, filter_checks, identity, policies, safety_backends
from zaffre.config.mistakes import Mistake, Place, known, quoted
from zaffre.config.outline import Keys, Outline
from zaffre.config.schema import Config, ConnectionConfig, DeploymentConfig
from zaffre.config.tree import MappingNode, Node

SCRIPTED = "scripted"
LOCAL = "local"
UPSTREAM_KEYS = ("base_url", "credential", "headers", "api_version", "timeouts", "max_connections")
LOCAL_KEYS = ("threads", "parallel", "context")
LOCAL_DEPLOYMENT_KEYS = ("source", "sha256")
HEEDED_BY = {"dimensions": (SCRIPTED,), "context": (SCRIPTED, LOCAL)}
"""Keys of a deployment that do nothing, and no harm, with other providers."""


class Places(Protocol):
    """Says where a key stands, or the nearest one above it."""

    def place(self, keys: Keys) -> Place: ...


class Review:
    """Checks a configuration that has been read; what could not be read is missing from it.

    Args:
        config: what was read.
        tree: the whole file, where what was said and all names are found.
        places: where its keys stand.
        mistakes: where mistakes are added.
    """

    def __init__(self, config: Config, tree: Node, places: Places, mistakes: list[Mistake]) -> None:
        self._config = config
        self._tree = tree
        self._places = places
        self._mistakes = mistakes

    def run(self) -> None:
        """Note every mistake."""
        self._twins("connections", self._names("connections"))
        self._twins("deployments", self._names("deployments"))
        for name, connection in self._config.connections.items():
            self.connection(name, connection)
        for name, deployment in self._config.deployments.items():
            self.deployment(name, deployment)
        self._filters()
        self.hosts()
        self._keys()
        self._default()
        self._tls()
        self._identity()
        self._policies()
        self._classifiers()

    def connection(self, name: str, connection: ConnectionConfig) -> None:
        """Note the mistakes of one connection."""
        said = self._said("connections", name)
        provider = connection.provider
        for keys, fits, owner in (
            (("rules",), provider == SCRIPTED, "with provider: scripted"),
            (LOCAL_KEYS, provider == LOCAL, "with provider: local"),
            (("queue",), provider != SCRIPTED, "with an upstream or provider: local"),
            (UPSTREAM_KEYS, provider not in (LOCAL, SCRIPTED), "with an upstream's provider"),
        ):
            for key in () if fits else keys:
                if key in said:
                    self._wrong(("connections", name, key), f"{key} only {owner}", f"provider: {provider}")
        if provider == SCRIPTED and "rules" not in said:
            self._wrong(("connections", name, "rules"), "the path of a rules file", "nothing")

    def deployment(self, name: str, deployment: DeploymentConfig) -> None:
        """Note the mistakes of one deployment, but for its hosts."""
        names = self._names("connections")
        if deployment.connection not in names:
            expected = known(names, "connection", deployment.connection)
            self._wrong(("deployments", name, "connection"), expected, quoted(deployment.connection))
        for wrong in capacity.complaints(name, deployment, self._config.deployments, self._names("deployments")):
            self._wrong(("deployments", name, wrong.key), wrong.expected, wrong.found)
        for unknown in filter_checks.of_deployment(deployment.content_filter, self._names("content_filters")):
            self._wrong(("deployments", name, *unknown.keys), unknown.expected, unknown.found)
        connection = self._config.connections.get(deployment.connection)
        if connection is None or connection.provider == LOCAL:
            return
        for key in LOCAL_DEPLOYMENT_KEYS:
            if key in self._said("deployments", name):
                found = f"provider: {connection.provider}"
                self._wrong(("deployments", name, key), f"{key} only on a connection with provider: local", found)

    def _twins(self, section: str, names: Iterable[str]) -> None:
        """Names are matched in any letter case, so two that differ in nothing else would be one."""
        first: dict[str, str] = {}
        for name in names:
            twin = first.setdefault(name.lower(), name)
            if twin != name:
                expected = f"names that differ in more than letter case from {quoted(twin)}"
                self._wrong((section, name), expected, quoted(name))

    def hosts(self) -> None:
        """Note the host names that address two deployments."""
        owners = {
            f"{name.lower()}.{domain}": name
            for name in self._config.deployments
            for domain in self._config.server.domains
        }
        for name, deployment in self._config.deployments.items():
            for number, host in enumerate(deployment.hosts):
                owner = owners.setdefault(host, name)
                if owner != name:
                    place = ("deployments", name, "hosts", number)
                    self._wrong(place, f"a host name that does not address {quoted(owner)} already", quoted(host))

    def _filters(self) -> None:
        lists, classifiers = self._names("blocklists"), self._names("classifiers")
        for name, wanted in self._config.content_filters.items():
            for wrong in filter_checks.of_filter(name, wanted, lists, classifiers):
                self._wrong(("content_filters", name, *wrong.keys), wrong.expected, wrong.found)
        for name, listed in self._config.blocklists.items():
            for wrong in filter_checks.of_blocklist(listed):
                self._wrong(("blocklists", name, *wrong.keys), wrong.expected, wrong.found)

    def _keys(self) -> None:
        keys = self._config.keys
        for number, key in enumerate(self._config.management_keys):
            if key in keys:
                expected = "a key that is not among keys too"
                self._wrong(("management_keys", number), expected, f"the same one as keys[{keys.index(key)}]")

    def _default(self) -> None:
        wanted = self._config.default_deployment
        names = self._names("deployments")
        if wanted is not None and wanted.lower() not in {name.lower() for name in names}:
            self._wrong(("default_deployment",), known(names, "deployment", wanted), quoted(wanted))

    def _tls(self) -> None:
        said = self._said("server", "tls")
        for key, other in (("cert", "key"), ("key", "cert")):
            if key in said and other not in said:
                self._wrong(("server", "tls", other), f"a file, since there is a {key}", "nothing")
        tls = self._config.server.tls
        if tls is None:
            return
        if tls.dev and said & {"cert", "key"}:
            self._wrong(("server", "tls", "dev"), "either dev or a certificate of your own", "both")
        if not tls.dev and not said & {"cert", "key"}:
            self._wrong(("server", "tls"), "cert and key, or dev: true", "neither")

    def _identity(self) -> None:
        wanted = self._config.identity
        if wanted is None:
            return
        for keys, expected, found in identity.mistakes(wanted):
            self._wrong(keys, expected, found)
        if wanted.roles == {} and not self._said("identity", "roles"):
            expected = "a role (leave the key out to let every good token use every deployment)"
            self._wrong(("identity", "roles"), expected, "none")

    def _policies(self) -> None:
        # What could not be read is left out, so that a rule seems to say less and the numbers are others.
        if any(each.place.key.startswith("policies") for each in self._mistakes):
            return
        first: set[str] = set()
        for number, policy in enumerate(self._config.policies):
            if policy.name.lower() in first:
                self._wrong(("policies", number, "name"), "a name of its own", quoted(policy.name))
            first.add(policy.name.lower())
            for key, expected, found in policies.mistakes(policy):
                self._wrong(("policies", number, *([key] if key else [])), expected, found)

    def _classifiers(self) -> None:
        self._twins("classifiers", self._names("classifiers"))
        config = self._config
        found = safety_backends.mistakes(config.classifiers, config.combination, self._names("deployments"))
        for keys, expected, what in found:
            self._wrong(keys, expected, what)

    def _said(self, *keys: str) -> set[str]:
        node = self._at(keys)
        return set(node.entries) if isinstance(node, MappingNode) else set()

    def _names(self, section: str) -> list[str]:
        node = self._at((section,))
        return list(node.entries) if isinstance(node, MappingNode) else []

    def _at(self, keys: tuple[str, ...]) -> Node | None:
        node: Node | None = self._tree
        for key in keys:
            node = node.entries.get(key) if isinstance(node, MappingNode) else None
        return node

    def _wrong(self, keys: tuple[str | int, ...], expected: str, found: str) -> None:
        self._mistakes.append(Mistake(self._places.place(keys), expected, found))


def idle(config: Config, outline: Outline) -> Iterator[str]:
    """Warnings about keys of deployments that their providers do not heed."""
    for name, deployment in config.deployments.items():
        provider = config.connections[deployment.connection].provider
        for key, providers in HEEDED_BY.items():
            if getattr(deployment, key) is not None and provider not in providers:
                yield f"{outline.place(('deployments', name, key))} does nothing with provider: {provider}"


def granted(config: Config, outline: Outline) -> Iterator[str]:
    """Warnings about what tokens grant."""
    if config.identity is not None:
        yield from identity.warnings(config.identity, {name.lower() for name in config.deployments}, outline)


def spelled(names: Mapping[str, DeploymentConfig], wanted: str | None) -> str | None:
    """The name as it was declared, of one given in any letter case."""
    return next((name for name in names if wanted is not None and name.lower() == wanted.lower()), None)


def with_default_spelled(config: Config) -> Config:
    """The configuration whose default deployment is spelled as it was declared."""
    return structs.replace(config, default_deployment=spelled(config.deployments, config.default_deployment))
