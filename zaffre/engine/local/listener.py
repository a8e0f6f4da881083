"""The HTTP listener inside llama.cpp, put where nobody reaches it.

xllamacpp starts one with every model and has no switch against it. Calls do not go through it, so it gets a socket
in the file system in place of a port, in a folder of this user's that is removed as soon as the listener is up: from
then on it has no address. For the moment before, and should that ever fail, it asks for a random key and keeps its
routes under a random prefix, since llama.cpp answers its own /health to anybody.
"""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from xllamacpp import CommonParams

_SECRET_BYTES = 32


class Listener(Struct, frozen=True):
    """Where a llama.cpp listens, and what it asks for."""

    socket: Path
    key: str
    prefix: str


@contextmanager
def sealed_listener(parameters: CommonParams) -> Iterator[Listener]:
    """Set the parameters up so; start the server inside the block, after which its socket is gone."""
    # The name stays short: a socket's path may have 104 bytes on macOS.
    with tempfile.TemporaryDirectory(prefix="zaffre-") as folder:
        listener = Listener(Path(folder) / "l.sock", secrets.token_hex(_SECRET_BYTES), f"/{secrets.token_hex(8)}")
        parameters.hostnames = [str(listener.socket)]
        parameters.api_keys = [listener.key]
        parameters.api_prefix = listener.prefix
        parameters.ui = False
        parameters.endpoint_slots = False
        parameters.endpoint_props = False
        parameters.endpoint_metrics = False
        parameters.n_threads_http = 1
        yield listener
