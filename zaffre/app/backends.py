"""From connections to backends, each made once and kept across reloads while its configuration stays the same."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from zaffre.catalog import ModelFacts
from zaffre.config.schema import ConnectionConfig, DeploymentConfig
from zaffre.core.ports import Backend
from zaffre.engine.scripted import Scripted
from zaffre.net.client import Client


class Made(Struct, frozen=True):
    """A backend and what it was made for."""

    connection: ConnectionConfig
    deployment: DeploymentConfig
    backend: Backend


class Backends:
    """The backends of one configuration."""

    def __init__(self, data: Path, client: Client, before: "Backends | None" = None) -> None:
        """
        Args:
            before: the backends of the configuration that this one replaces.
        """
        self._data = data
        self._client = client
        self._before = before._made if before else {}
        self._made: dict[str, Made] = {}

    def backend(self, name: str, wanted: DeploymentConfig, connection: ConnectionConfig, facts: ModelFacts) -> Backend:
        """The backend of a deployment: the one that answered for it so far, where nothing about it has changed."""
        kept = self._before.get(name)
        if kept is not None and (kept.connection, kept.deployment) == (connection, wanted):
            self._made[name] = kept
        else:
            self._made[name] = Made(connection, wanted, _MAKERS[connection.provider](wanted, connection))
        return self._made[name].backend

    async def retire(self, after: "Backends") -> None:
        """Close those that the configuration after this one does not use."""
        kept = {id(made.backend) for made in after._made.values()}
        await _close([made.backend for made in self._made.values() if id(made.backend) not in kept])

    async def close(self) -> None:
        """Close all of them."""
        await _close([made.backend for made in self._made.values()])


async def _close(backends: list[Backend]) -> None:
    await asyncio.gather(*(backend.close() for backend in backends), return_exceptions=True)


def _scripted(wanted: DeploymentConfig, connection: ConnectionConfig) -> Backend:
    rules = connection.rules.rules if connection.rules else ()
    return Scripted(rules, dimensions=wanted.dimensions, context=wanted.context)


_MAKERS: Final[Mapping[str, Callable[[DeploymentConfig, ConnectionConfig], Backend]]] = {"scripted": _scripted}
PROVIDERS: Final = frozenset(_MAKERS)
