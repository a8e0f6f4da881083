"""`zaffre serve --workers N`: N processes that answer on the same sockets, one that runs the local models for them, and
this one, which starts them, starts another where one ends, and tells them when to stop.
"""

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from zaffre.app.peers import FIGURES
from zaffre.cli.member import RELOAD, TAKE_UP, Task, Up
from zaffre.cli.options import FAILED, say
from zaffre.net.server.listen import Bound

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.1
LAST_PAUSE: Final = 10.0
"""Seconds before another process takes the place of one that ended: twice as long each time, within these."""
STEADY: Final = 30.0
"""Seconds after which a process counts as one that works, and the pauses begin anew."""
LAST_WORDS: Final = 15.0
"""Seconds that a process may take to end, beyond those in which what is in flight is answered."""
_LINE: Final = 64 * 1024 * 1024

OWNER: Final = 0
"""The number of the process that runs the local models."""


class Supervisor:
    """One run of the server."""

    def __init__(
        self, arguments: Sequence[str], workers: int, bound: Sequence[Bound], drain: float, *, reloads: bool
    ) -> None:
        """
        Args:
            arguments: the command line's, by which each process makes itself what it has to be.
            bound: what they listen on.
            drain: seconds in which what is in flight is answered.
            reloads: there is a configuration file.
        """
        self._arguments = list(arguments)
        self._workers = range(OWNER + 1, workers + 1)
        self._bound = bound
        self._drain = drain
        self._reloads = reloads
        self._folder = Path(tempfile.mkdtemp(prefix="zaffre-"))
        (self._folder / FIGURES).mkdir()
        self._members: dict[int, Member] = {}
        self._unready = {OWNER, *self._workers}
        self._announcement = ""
        self._status = 0

    def run(self) -> int:
        """Until SIGINT or SIGTERM, and then until all of them have ended; the exit status."""
        try:
            return asyncio.run(self._run())
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _run(self) -> int:
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._asked_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        tasks = {number: asyncio.create_task(self._keep(number)) for number in (OWNER, *self._workers)}
        await self._stop.wait()
        for listener in self._bound:
            listener.close()
        # Those that answer may be in the middle of what the last one answers for them.
        for numbers in (self._workers, (OWNER,)):
            for number in numbers:
                self._tell_to_stop(number)
            _, late = await asyncio.wait([tasks[number] for number in numbers], timeout=self._drain + LAST_WORDS)
            for number in numbers:
                if tasks[number] in late and number in self._members:
                    self._members[number].send(signal.SIGKILL)
            await asyncio.gather(*(tasks[number] for number in numbers))
        return self._status

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            # Whoever asks twice waits for nothing that is in flight.
            for number in self._members:
                self._tell_to_stop(number)
        self._stop.set()

    def _tell_to_stop(self, number: int) -> None:
        member = self._members.get(number)
        if member is not None:
            member.send(signal.SIGTERM)

    def _reload(self) -> None:
        if not self._reloads:
            say("SIGHUP: there is no configuration file to read again")
            return
        for member in self._members.values():
            member.tell(RELOAD)

    async def _keep(self, number: int) -> None:
        """See to it that there is a process of this number."""
        name = "the process of the local models" if number == OWNER else f"worker {number}"
        pause = FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            began = loop.time()
            status = await self._one(number)
            if self._stop.is_set():
                return
            if number in self._unready:
                # It has said why. What keeps one from starting keeps it from starting again.
                self._status = status if status > 0 else FAILED
                self._stop.set()
                return
            if loop.time() - began > STEADY:
                pause = FIRST_PAUSE
            logger.error("%s ended with status %d; another one is started in %g s", name, status, pause)
            if number != OWNER and OWNER in self._members:
                self._members[OWNER].tell(TAKE_UP)
            await self._rest(pause)
            pause = min(2 * pause, LAST_PAUSE)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _one(self, number: int) -> int:
        """One process, from its start to its end; its exit status."""
        try:
            member = await self._started(number)
        except OSError as error:
            logger.error("A process cannot be started: %s", error)
            return FAILED
        self._members[number] = member
        try:
            if self._stop.is_set():
                member.send(signal.SIGTERM)
            up = await member.up()
            if up is not None:
                self._is_up(number, up)
            return await member.process.wait()
        finally:
            del self._members[number]
            member.close()

    def _is_up(self, number: int, up: Up) -> None:
        if number != OWNER:
            self._announcement = up.announcement
        if number in self._unready:
            self._unready.discard(number)
            if not self._unready and not self._stop.is_set():
                print(self._announcement, flush=True)

    async def _started(self, number: int) -> "Member":
        ours, theirs = socket.socketpair()
        bound = [] if number == OWNER else self._bound
        sockets = [[socket.fileno() for socket in each.sockets] for each in bound]
        addresses = [each.address for each in self._bound]
        task = Task(number, self._arguments, str(self._folder), theirs.fileno(), sockets, addresses)
        warnings = [f"-W{each}" for each in sys.warnoptions]
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                # What is in the folder of the moment is not imported unless this process did so.
                "-P",
                *warnings,
                "-m",
                "zaffre.cli.worker",
                msgspec.json.encode(task).decode(),
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
                    "PROMETHEUS_MULTIPROC_DIR": str(self._folder / FIGURES),
                },
                pass_fds=[theirs.fileno(), *(each for some in sockets for each in some)],
                # Ctrl-C is for this process, which passes it on.
                process_group=0,
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=_LINE)
        return Member(process, reader, writer)


class Member:
    """A process that was started."""

    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer

    async def up(self) -> Up | None:
        """What it says once it serves; None where it ends before."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            # It ended before it had read what it was told.
            return None
        return msgspec.json.decode(line, type=Up) if line else None

    def send(self, number: signal.Signals) -> None:
        """A signal, unless it has ended."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def tell(self, line: bytes) -> None:
        """Say something to it."""
        self._writer.write(line)

    def close(self) -> None:
        """It has ended."""
        self._writer.close()
