"""From connections to backends, each made once and kept across reloads while its configuration stays the same."""

import asyncio
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from msgspec import Struct

from zaffre import catalog, providers
from zaffre.app import extras
from zaffre.catalog import ModelFacts
from zaffre.config.schema import ConnectionConfig, DeploymentConfig
from zaffre.core.ports import Backend
from zaffre.engine.scripted import Scripted
from zaffre.net.client import MOST_CONNECTIONS, MOST_WAITING, Client, Timeouts

SCRIPTED: Final = "scripted"
LOCAL: Final = "local"
PROVIDERS: Final = providers.NAMES | {SCRIPTED, LOCAL}
"""Every word that `provider:` may be."""


@runtime_checkable
class Loads(Protocol):
    """A backend that has something to load before it can answer."""

    def start(self) -> None: ...


class Made(Struct, frozen=True):
    """A backend and what it was made for."""

    connection: ConnectionConfig
    deployment: DeploymentConfig
    backend: Backend
    loads: Loads | None
    """The same, if it has something to load: found out once, as it takes its time."""


class Backends:
    """The backends of one configuration."""

    def __init__(
        self, data: Path, client: Client, before: "Backends | None" = None, *, models_elsewhere: bool = False
    ) -> None:
        """
        Args:
            data: the folder where weights are kept.
            client: carries requests to upstreams.
            before: the backends of the configuration that this one replaces.
            models_elsewhere: another process answers for local models, so that this one loads none.
        """
        self._models_elsewhere = models_elsewhere
        self._data = data
        self._client = client
        self._before = before
        self._made: dict[str, Made] = {}
        self._models: Any = before._models if before else None
        self._upstreams: dict[str, tuple[ConnectionConfig, providers.Connection]] = (
            before._upstreams.copy() if before else {}
        )

    def backend(self, name: str, wanted: DeploymentConfig, connection: ConnectionConfig) -> Backend:
        """The backend of a deployment: the one that answered for it so far, where nothing about it has changed.

        Raises:
            ValueError: the connection cannot be used.
        """
        kept = self._before._made.get(name) if self._before else None
        if kept is None or (kept.connection, kept.deployment) != (connection, wanted):
            backend = self._make(name, wanted, connection, catalog.find(wanted.model))
            kept = Made(connection, wanted, backend, backend if isinstance(backend, Loads) else None)
        self._made[name] = kept
        return kept.backend

    def _make(self, name: str, wanted: DeploymentConfig, connection: ConnectionConfig, facts: ModelFacts) -> Backend:
        if connection.provider == SCRIPTED:
            rules = connection.rules.rules if connection.rules else ()
            return Scripted(rules, dimensions=wanted.dimensions, context=wanted.context)
        if connection.provider == LOCAL:
            return self._local(name, wanted, connection, facts)
        return self._upstream(wanted.connection, connection).backend(wanted.upstream_name)

    def _local(self, name: str, wanted: DeploymentConfig, connection: ConnectionConfig, facts: ModelFacts) -> Backend:
        """A model in this process; those that stay are known to the models of the configuration before."""
        room = extras.local()
        if self._models is None:
            self._models = room.LocalModels(room.weights_folder(self._data))
        backend: Backend = self._models.backend(name, room.local_model(wanted, connection, facts))
        return backend

    def start(self) -> None:
        """Begin to load the local models, in the background. Those that are loaded stay as they are."""
        if self._models_elsewhere:
            return
        for made in self._made.values():
            if made.loads is not None:
                made.loads.start()

    def _upstream(self, name: str, connection: ConnectionConfig) -> providers.Connection:
        """The connection, its pool shared by its deployments and kept across reloads."""
        known, made = self._upstreams.get(name, (None, None))
        if made is None or known != connection:
            made = connect(name, connection, self._client)
            self._upstreams[name] = (connection, made)
        return made

    async def retire(self, after: "Backends") -> None:
        """Close those that the configuration after this one does not use."""
        after._before = None
        kept = {id(made.backend) for made in after._made.values()}
        await _close([made.backend for made in self._made.values() if id(made.backend) not in kept])

    async def close(self) -> None:
        """Close all of them."""
        await _close([made.backend for made in self._made.values()])


async def _close(backends: list[Backend]) -> None:
    await asyncio.gather(*(backend.close() for backend in backends), return_exceptions=True)


def connect(name: str, connection: ConnectionConfig, client: Client) -> providers.Connection:
    """A connection to an upstream.

    Raises:
        ValueError: an address that is missing or cannot be used, a header that cannot be sent.
    """
    return providers.connect(
        name,
        connection.provider,
        client=client,
        base_url=connection.base_url,
        credential=connection.credential.reveal() if connection.credential else None,
        headers={header: value.reveal() for header, value in connection.headers.items()},
        api_version=connection.api_version,
        timeouts=Timeouts(connection.timeouts.connect, connection.timeouts.first_byte, connection.timeouts.idle),
        limit=connection.max_connections or MOST_CONNECTIONS,
        queue=connection.queue or MOST_WAITING,
    )
