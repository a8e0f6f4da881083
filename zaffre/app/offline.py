"""The control plane without a server: what the command line changes, a running server sees within two seconds."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from zaffre.app.control import control
from zaffre.app.database import database
from zaffre.app.unavailable import Unavailable
from zaffre.config.data import KeyFile
from zaffre.config.load import Loaded, defaults
from zaffre.core.errors import StoreFailed
from zaffre.core.resources import ResourceStore
from zaffre.services.control.control import Control
from zaffre.services.control.declared import Declared
from zaffre.services.control.keys import ServerKeys
from zaffre.store import Resources


class Offline(Struct):
    """All that can be managed."""

    control: Control
    server_keys: ServerKeys
    store: ResourceStore


@asynccontextmanager
async def offline(loaded: Loaded | None, data: Path) -> AsyncGenerator[Offline, None]:
    """
    Args:
        loaded: the configuration file; None: a server without one is managed.
        data: its data folder.

    Raises:
        Unavailable: the database cannot be used.
    """
    declared = Declared(loaded.config, loaded.outline) if loaded else Declared(defaults())
    kept = database(declared.config, data)
    store = Resources(kept)
    managed = control(store, declared, data, lambda _: None)
    try:
        await managed.refresh()
        yield Offline(managed, ServerKeys(managed, None if loaded else KeyFile(data)), store)
    except StoreFailed as error:
        raise Unavailable(str(error)) from error
    finally:
        await kept.close()
