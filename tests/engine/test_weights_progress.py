"""Progress: a bar for people, lines for logs."""

from io import StringIO

import pytest

from zaffre.engine.weights.errors import Stopped
from zaffre.engine.weights.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    with Progress(stream).task("unpacking", 2048) as advance:
        advance(2048)
    assert "unpacking: 100%" in stream.getvalue()
    assert "2.00k/2.00k" in stream.getvalue()


def test_a_log_gets_two_lines() -> None:
    stream = StringIO()
    with Progress(stream).task("unpacking", 2048) as advance:
        advance(2048)
    began, ended, rest = stream.getvalue().split("\n")
    assert (began, rest) == ("unpacking ...", "")
    assert ended.startswith("unpacking: done in ")


def test_work_that_failed_is_not_called_done() -> None:
    stream = StringIO()
    with pytest.raises(ValueError, match="broken"), Progress(stream).task("unpacking", 10):
        raise ValueError("broken")
    assert "done" not in stream.getvalue()


def test_work_that_is_to_stop_stops_at_its_next_step() -> None:
    progress = Progress(StringIO())
    with progress.task("unpacking", 10) as advance:
        advance(1)
        progress.stop()
        with pytest.raises(Stopped):
            advance(1)
