"""From a configuration file to a configuration that this server can really run."""

from pathlib import Path

from zaffre.app.backends import LOCAL, PROVIDERS, SCRIPTED, connect
from zaffre.config.load import Loaded, load
from zaffre.config.mistakes import ConfigError, Mistake
from zaffre.net.client import Client


def read(path: Path) -> Loaded:
    """Read the file and try its connections, without a packet sent.

    Raises:
        ConfigError: with every mistake and its line.
    """
    loaded = load(path, providers=PROVIDERS)
    mistakes = []
    client = Client()
    for name, connection in loaded.config.connections.items():
        if connection.provider in (SCRIPTED, LOCAL):
            continue
        try:
            connect(name, connection, client)
        except ValueError as error:
            place = loaded.outline.place(("connections", name))
            mistakes.append(Mistake(place, "a connection that can be used", str(error)))
    if mistakes:
        raise ConfigError(mistakes, loaded.files)
    return loaded
