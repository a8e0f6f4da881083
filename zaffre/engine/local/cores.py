"""How many cores a local model may take."""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def default_threads(usable: int | None = None, quota: Path = _QUOTA) -> int:
    """Half of the cores this process may use, at least one.

    The rest serves the gateway: llama.cpp's threads wait for each other at every layer, so that one that shares its
    core with anything else holds all of them up.

    Args:
        usable: cores; None asks the system.
        quota: the control group's `cpu.max` file, which a container's limit is written in.
    """
    cores = usable or _usable_cores()
    limit = _quota_cores(quota)
    return max(1, min(cores, limit or cores) // 2)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota_cores(path: Path) -> int | None:
    """Microseconds of CPU in a period of so many, such as "150000 100000"; "max" is no limit."""
    try:
        quota, period = path.read_text().split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None
