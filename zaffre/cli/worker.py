"""One of the processes of `zaffre serve --workers`: started by the supervisor, with a task."""

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec

from zaffre.api.handing_on import handed_on
from zaffre.app.peers import FIGURES, MODELS, peers
from zaffre.cli.main import carry_out, parser
from zaffre.cli.member import RELOAD, TAKE_UP, Task, Up
from zaffre.cli.options import Mistaken
from zaffre.cli.serve import Run, start_of
from zaffre.core.errors import StoreFailed
from zaffre.net.server.listen import Address, Bound, Listener, inherited

logger = logging.getLogger(__name__)


def main(task: str) -> int:
    """Do a task until it is told to stop, or the supervisor is gone; the exit status."""
    # prometheus_client keeps its files open to the end of the process.
    warnings.filterwarnings("ignore", f"unclosed file .*/{FIGURES}/", ResourceWarning)
    given = msgspec.json.decode(task, type=Task)
    chosen = parser().parse_args(given.arguments)
    chosen.run = partial(_work, given)
    return carry_out(chosen)


def _work(task: Task, chosen: argparse.Namespace) -> int:
    name = "models" if task.owner else f"worker {task.number}"
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s %(levelname)s {name}: %(name)s: %(message)s")
    run = Run(start_of(chosen, warns=False), partial(peers, Path(task.folder), owner=task.owner))
    handle = run.application.handle
    member = _Member(task, run)
    run.serve_on(_bound(task, run), handed_on(handle) if task.owner else handle, member.lifespan, member.ready)
    if member.orphaned and task.owner:
        # The supervisor would have done it.
        shutil.rmtree(task.folder, ignore_errors=True)
    return 0


def _bound(task: Task, run: Run) -> list[Bound]:
    if task.owner:
        return [Bound(Listener(path=str(Path(task.folder) / MODELS)), [])]
    schemes = ["https" if listener.tls else "http" for listener in run.listeners]
    if schemes != [address.scheme for address in task.addresses]:
        raise Mistaken("what changed under server takes a restart of the whole server")
    return [inherited(*each) for each in zip(run.listeners, task.sockets, strict=True)]


class _Member:
    """What it does beside answering."""

    def __init__(self, task: Task, run: Run) -> None:
        self.orphaned = False
        """Whether the supervisor is gone."""
        self._task = task
        self._run = run
        self._channel = socket.socket(fileno=task.channel)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None, None]:
        """While it lives, it listens to the supervisor."""
        reader, writer = await asyncio.open_unix_connection(sock=self._channel)
        self._writer = writer
        listening = asyncio.create_task(self._listen(reader))
        try:
            async with self._run.lifespan():
                yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            writer.close()

    def ready(self, _: list[Address]) -> None:
        """Say that it serves."""
        said = Up(self._run.ready(self._task.addresses))
        self._writer.write(msgspec.json.encode(said) + b"\n")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            async for line in reader:
                if line == RELOAD and self._run.reloader:
                    self._run.reloader.ask()
                elif line == TAKE_UP:
                    await self._take_up()
        # With it whoever would start or stop anything is gone.
        self.orphaned = True
        os.kill(os.getpid(), signal.SIGTERM)

    async def _take_up(self) -> None:
        try:
            await self._run.application.services.take_up()
        except StoreFailed:
            # Logged where it failed, and tried again with the next look.
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
