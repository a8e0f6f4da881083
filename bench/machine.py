"""What the machine is, in words that do not say which one it is."""

import os
import platform
import re
import sysconfig
from pathlib import Path


def description() -> dict[str, str]:
    """Cores, processor, memory, kernel and Python."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    kernel = re.match(r"[\d.]*\d", platform.release())  # what follows may name who built it
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {kernel[0] if kernel else ''}".strip(),
        "python": f"{platform.python_implementation()} {platform.python_version()}, {_built()}",
    }


def _built() -> str:
    """How: it makes a difference of a tenth or more."""
    chosen = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return f"built {'with' if '--enable-optimizations' in chosen else 'without'} profile-guided optimization"


def _processor() -> str:
    names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{names[0]}, {platform.machine()}" if names else platform.machine()
