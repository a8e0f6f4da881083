"""From a configuration file to a configuration that this server can really run."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import structs

from zaffre import catalog
from zaffre.app import extras
from zaffre.app.backends import LOCAL, PROVIDERS, SCRIPTED, connect
from zaffre.app.classifiers import try_out
from zaffre.config.load import Loaded, load, proxies
from zaffre.config.mistakes import ConfigError, Mistake, Place
from zaffre.config.schema import Config
from zaffre.core.lifetime import Calendar
from zaffre.core.resources import Kind
from zaffre.net.client import Client
from zaffre.net.tls import CertificateError, server_context, use_files
from zaffre.services.control.policy import violations
from zaffre.services.control.retirement import notices


def read(path: Path, *, policed: bool = True, calendar: Calendar | None = None) -> Loaded:
    """Read the file and try its connections, without a packet sent.

    Args:
        policed: a deployment that the file's own policies deny is a mistake.
        calendar: tells which models are no longer there. None: the system's.

    Raises:
        ConfigError: with every mistake and its line.
    """
    loaded = load(path, providers=PROVIDERS)
    mistakes: list[Mistake] = [
        *_of_connections(loaded),
        *_of_local_models(loaded),
        *_of_certificates(loaded),
        *_of_database(loaded),
        *_of_limits(loaded),
        *_of_classifiers(loaded),
    ]
    mistakes += _of_policies(loaded) if policed else ()
    if mistakes:
        raise ConfigError(mistakes, loaded.files)
    return structs.replace(
        loaded, warnings=(*loaded.warnings, *_of_retirement(loaded, (calendar or Calendar()).today()))
    )


def trial(config: Config, kind: Kind, name: str) -> Iterator[Mistake]:
    """Try one connection or deployment, without a packet sent: what is wrong with it."""
    if kind is Kind.CONNECTION:
        yield from _of_connection(config, name)
    elif kind is Kind.DEPLOYMENT:
        yield from _of_local_model(config, name)


def client() -> Client:
    """What carries requests to upstreams, through the environment's proxies."""
    through = proxies()
    by_scheme = {scheme: url.reveal() for scheme, url in through.by_scheme.items()}
    return Client(proxies=by_scheme, no_proxy=through.no_proxy)


def _of_connections(loaded: Loaded) -> Iterator[Mistake]:
    for name in loaded.config.connections:
        for wrong in _of_connection(loaded.config, name):
            yield structs.replace(wrong, place=loaded.outline.place(("connections", name)))


def _of_connection(config: Config, name: str) -> Iterator[Mistake]:
    connection = config.connections[name]
    if connection.provider in (SCRIPTED, LOCAL):
        return
    try:
        connect(name, connection, client())
    except ValueError as error:
        yield Mistake(Place(f"connection {name}"), "a connection that can be used", str(error))


def _of_local_models(loaded: Loaded) -> Iterator[Mistake]:
    for name in loaded.config.deployments:
        for wrong in _of_local_model(loaded.config, name):
            yield structs.replace(wrong, place=loaded.outline.place(("deployments", name)))


def _of_local_model(config: Config, name: str) -> Iterator[Mistake]:
    wanted = config.deployments[name]
    connection = config.connections[wanted.connection]
    if connection.provider != LOCAL:
        return
    try:
        extras.local().local_model(wanted, connection, catalog.find(wanted.model))
    except ValueError as error:
        yield Mistake(Place(f"deployment {name}"), "a model that can run here", str(error))


def _of_policies(loaded: Loaded) -> Iterator[Mistake]:
    for each in violations(loaded.config.policies, loaded.config.deployments):
        place = loaded.outline.place(("deployments", each.deployment, each.field))
        yield Mistake(place, f"a deployment that policy {each.policy} allows", each.reason)


def _of_database(loaded: Loaded) -> Iterator[Mistake]:
    if loaded.config.database is None:
        return
    try:
        extras.postgres()
    except ValueError as error:
        yield Mistake(loaded.outline.place(("database",)), "a database that can be used here", str(error))


def _of_retirement(loaded: Loaded, today: date) -> Iterator[str]:
    for each in notices(loaded.config, today):
        yield f"{loaded.outline.place(('deployments', each.deployment, each.key))}: {each.text}"


def _of_limits(loaded: Loaded) -> Iterator[Mistake]:
    if loaded.config.limits is None:
        return
    try:
        extras.redis()
    except ValueError as error:
        yield Mistake(loaded.outline.place(("limits",)), "limits that can be shared", str(error))


def _of_classifiers(loaded: Loaded) -> Iterator[Mistake]:
    for name, config in loaded.config.classifiers.items():
        try:
            try_out(name, config, client())
        except ValueError as error:
            yield Mistake(loaded.outline.place(("classifiers", name)), "a classifier that can be asked", str(error))


def _of_certificates(loaded: Loaded) -> Iterator[Mistake]:
    tls = loaded.config.server.tls
    if tls is None or tls.cert is None or tls.key is None:
        return
    try:
        use_files(server_context(), tls.cert, tls.key)
    except CertificateError as error:
        yield Mistake(loaded.outline.place(("server", "tls")), "a certificate and its key", str(error))
