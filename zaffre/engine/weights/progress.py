"""How far a download or a conversion is: a bar on a terminal, two lines elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm

from zaffre.engine.weights.errors import Stopped


class Progress:
    """Reports to a text stream, and carries the wish to stop into the work that it reports on."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make the work under way raise Stopped at its next step. Safe from any thread."""
        self._stopped.set()

    def check(self) -> None:
        """Raise Stopped if the work is to stop."""
        if self._stopped.is_set():
            raise Stopped("stopped while preparing the weights")

    def wait(self, seconds: float) -> None:
        """Pause for so long, or raise Stopped as soon as the work is to stop."""
        self._stopped.wait(seconds)
        self.check()

    def say(self, line: str) -> None:
        """Write one line, past any bar."""
        tqdm.write(line, file=self._stream)
        self._stream.flush()

    @contextmanager
    def silent(self) -> Iterator[Callable[[int], None]]:
        """A piece of work too small to show; it can be stopped all the same."""
        yield lambda _: self.check()

    @contextmanager
    def task(self, title: str, total: int | None, unit: str = "B") -> Iterator[Callable[[int], None]]:
        """Show one piece of work; yields a function that is told of each further step (bytes or items)."""
        on_terminal = self._stream.isatty()
        if not on_terminal:
            self.say(f"{title} ...")
        began = time.monotonic()
        with tqdm(
            desc=title,
            total=total,
            unit=unit,
            unit_scale=True,
            unit_divisor=1024 if unit == "B" else 1000,
            file=self._stream,
            disable=not on_terminal,
            leave=True,
        ) as bar:

            def advance(steps: int) -> None:
                self.check()
                bar.update(steps)

            yield advance
        if not on_terminal:
            self.say(f"{title}: done in {time.monotonic() - began:.1f} s")
