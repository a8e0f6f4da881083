"""Deployments as those see them who manage them: what the file declares and what is stored, in force or not."""

from collections.abc import Iterator

from msgspec import Struct

from zaffre.config.mistakes import ConfigError
from zaffre.config.schema import Config, DeploymentConfig
from zaffre.core.errors import NoSuchResource
from zaffre.core.resources import Kind, Resource
from zaffre.services.control.control import Control


class Managed(Struct, frozen=True):
    """One deployment."""

    name: str
    wanted: DeploymentConfig | None
    """None: what is stored cannot be read here."""
    resource: Resource | None = None
    """As it is stored; None: the file declares it."""
    problem: str = ""
    """Why it is not in force."""


def managed(control: Control, name: str) -> Managed:
    """
    Raises:
        NoSuchResource
    """
    spelled = control.declared.spelled(Kind.DEPLOYMENT, name)
    if spelled is not None:
        return Managed(spelled, control.declared.config.deployments[spelled])
    resource = control.state.get(Kind.DEPLOYMENT, name)
    if resource is None:
        raise NoSuchResource(Kind.DEPLOYMENT, name)
    return stored(control, resource)


def all_managed(control: Control) -> list[Managed]:
    """Those of the file in its order, then those that are stored by their names."""
    declared = control.declared.config.deployments
    found = [Managed(name, wanted) for name, wanted in declared.items()]
    taken = {name.lower() for name in declared}
    kept = [each for each in control.state.of(Kind.DEPLOYMENT) if each.name.lower() not in taken]
    return found + [stored(control, each) for each in sorted(kept, key=lambda each: each.name.lower())]


def stored(control: Control, resource: Resource) -> Managed:
    """One that is stored."""
    problem = control.effective.problems.get((Kind.DEPLOYMENT, resource.name.lower()), "")
    try:
        wanted = control.read(resource)
    except ConfigError:
        wanted = None
    return Managed(resource.name, wanted, resource, problem=problem)


class Offer(Struct, frozen=True, order=True):
    """A model that a connection has."""

    model: str
    connection: str
    version: str = ""
    publisher: str = ""
    """Of the deployment that says it; empty: what the catalog says."""


def offers(config: Config) -> list[Offer]:
    """What connections say that they offer, and what deployments ask them for; each once, in the order of names."""
    return sorted(set(_offers(config)), key=lambda each: (each.model.lower(), each))


def _offers(config: Config) -> Iterator[Offer]:
    asked = set()
    for wanted in config.deployments.values():
        asked.add((wanted.connection, wanted.model.lower()))
        yield Offer(wanted.model, wanted.connection, wanted.version or "", wanted.publisher or "")
    for name, connection in config.connections.items():
        for model in connection.models:
            if (name, model.lower()) not in asked:
                yield Offer(model, name)
