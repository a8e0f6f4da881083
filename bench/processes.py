"""Processes on a core of their own, and what /proc says about them."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """Which core runs what; None where there is one core only and nothing is pinned."""

    gateway: int | None
    load: int | None


def cores() -> Cores:
    """The first core for the gateways, the second for the mock and the driver."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[1]) if len(usable) > 1 else Cores(None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """This process, and so what it starts meanwhile, runs on `core`."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def start(
    argv: list[str], core: int | None, *, environment: Mapping[str, str], output: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    """Start a program on `core`, in a session of its own: a Ctrl-C reaches the harness alone, which stops it."""
    with pinned(core):
        return subprocess.Popen(
            argv,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output == subprocess.PIPE else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )


def _end_with_parent() -> None:
    """Have the kernel end this process when the harness is gone, however that went."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the program to end; kill it and its children where it has not after 5 seconds."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := _stat(int(folder.name)):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


@dataclass(frozen=True)
class CpuTime:
    """Seconds that a process tree has used so far."""

    total: float
    """User and system, to the nanosecond where the kernel tells."""
    user: float
    """In ticks of 10 ms."""


def cpu_time(pid: int) -> CpuTime:
    """What the process tree has used so far."""
    exact, user, system = 0, 0, 0
    for member in tree(pid):
        for thread in Path(f"/proc/{member}/task").glob("*/schedstat"):
            exact += int((_read(thread).split() or ["0"])[0])
        if fields := _stat(member):
            user += int(fields[11])
            system += int(fields[12])
    return CpuTime(exact / 1e9 if exact else (user + system) / TICKS_PER_SECOND, user / TICKS_PER_SECOND)


def pss_megabytes(pid: int) -> float:
    """Memory of the process tree, pages shared with others divided among them."""
    return _memory(pid, "Pss:")


def own_megabytes(pid: int) -> float:
    """Memory that the process tree has filled itself, so that other programs' coming and going does not show."""
    return _memory(pid, "Pss_Anon:")


def _memory(pid: int, entry: str) -> float:
    lines = [line for member in tree(pid) for line in _read(Path(f"/proc/{member}/smaps_rollup")).splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith(entry)) / 1024


def wait_for(what: str, happened: Callable[[], bool], seconds: float, pause: float = 0.02) -> None:
    """Poll until it has happened.

    Raises:
        TimeoutError: it has not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(pause)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on (a command's name may hold blanks), or none."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _read(path: Path) -> str:
    """The text of a /proc file, empty where the process has gone meanwhile."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
