"""The versions of models at the services that run them: which one is the default, and until when each is there.

A model does not retire, a service retires it: weights that run at home stay. So each date belongs to a service, and the
service is known by the host names of its addresses. The facts are in `versions.toml`.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from msgspec import Struct, convert


class ModelVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a model at a service."""

    model: str
    """As the catalog names it."""
    version: str = ""
    """Empty: the page has one row for the model, whatever its version."""
    retires: date | None = None
    """The first day without it. None: none is published."""
    default: bool = False
    """Where a deployment asks for no version, the service takes this one."""
    replacement: str | None = None
    """What the page suggests instead."""
    service: str = ""
    link: str = ""
    """Who says so."""


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """Who runs models for others."""

    name: str
    hosts: tuple[str, ...]
    """Domains of its addresses, and of all that is below them."""


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """A page that publishes versions."""

    service: str
    link: str
    versions: tuple[ModelVersion, ...]


class Versions(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    services: tuple[Service, ...]
    schedules: tuple[Schedule, ...]


def service_at(host: str) -> str | None:
    """The service that has this host name; None: the catalog knows none."""
    host = host.lower().rstrip(".")
    return next((name for name, own in services() if host == own or host.endswith(f".{own}")), None)


def versions(model: str, service: str) -> tuple[ModelVersion, ...]:
    """The versions that a service has of a model, in any letter case; none where no page speaks of it."""
    return _by_model().get((service, model.lower()), ())


def services() -> list[tuple[str, str]]:
    """Every service with each of its hosts."""
    return [(service.name, host) for service in _versions().services for host in service.hosts]


def schedules() -> tuple[Schedule, ...]:
    """All pages with what they say."""
    return _versions().schedules


@cache
def _versions() -> Versions:
    text = files("zaffre.catalog").joinpath("versions.toml").read_text(encoding="utf-8")
    return convert(tomllib.loads(text), Versions)


@cache
def _by_model() -> dict[tuple[str, str], tuple[ModelVersion, ...]]:
    found: dict[tuple[str, str], list[ModelVersion]] = {}
    for page in _versions().schedules:
        for each in page.versions:
            whole = ModelVersion(
                each.model, each.version, each.retires, each.default, each.replacement, page.service, page.link
            )
            found.setdefault((page.service, each.model.lower()), []).append(whole)
    return {key: tuple(listed) for key, listed in found.items()}
