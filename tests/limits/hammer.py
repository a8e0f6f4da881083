"""A process that asks for as much as it can get: `python hammer.py BOARD NAME WINDOWS|BUCKET SECONDS`.

It writes a byte for every call that was let in, before it asks for the next one.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path

from zaffre.core.errors import LimitReached, Overloaded
from zaffre.core.limits import PerWindow, Provisioned
from zaffre.limits.board import Board
from zaffre.limits.mapped import Mapped

LIMITS = {"windows": PerWindow(2000, 3600, None), "bucket": Provisioned(60)}


async def main(path: str, name: str, kind: str, seconds: str) -> None:
    limiter = Mapped(name, LIMITS[kind], Board(Path(path), patience=60.0))
    ends = time.monotonic() + float(seconds)
    while time.monotonic() < ends:
        try:
            standing = await limiter.admit(0 if kind == "windows" else random.randint(1, 3))
        except LimitReached:
            await asyncio.sleep(0.001)
            continue
        except Overloaded:
            continue
        os.write(1, bytes([standing.tokens]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
