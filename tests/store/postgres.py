"""A real PostgreSQL, started once for all tests of a run, with a database for each test."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pgserver

_numbers = count(1)


class Server:
    """Listens on a socket in a folder of its own, and nowhere else."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # Where it would put a socket that a long path leaves no room for.
            warnings.simplefilter("ignore")
            self._server = pgserver.get_server(folder)
        self.folder = folder

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._server.psql(f"CREATE DATABASE {name};")
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={quote(str(self.folder))}"

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    """A server in a folder, which must not be a long path: a socket's name is short."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()
