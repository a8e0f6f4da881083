"""Memory that one large body has given back is there for the next."""

import os
import resource
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
from zaffre.cli.memory import keep_what_is_freed
if sys.argv[1] == "kept":
    assert keep_what_is_freed()
def turn():
    bodies = [bytes(32_768) for _ in range(64)]
turn()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    turn()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, timeout=60, check=True)
    return int(done.stdout)


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="the C library is not glibc")
def test_the_next_large_bodies_cost_no_new_pages() -> None:
    assert resource.getpagesize() <= 65_536
    kept, given_back = faults("kept"), faults("not")
    assert kept * 10 < given_back, (kept, given_back)
