"""Why an upstream gave no answer: the client's errors, said without any secret.

UpstreamFailure
├── ConnectFailed     nothing was sent
├── QueueFull         nothing was sent
├── TimedOut          phase: connect | first_byte | idle
└── Broken            closed early, not HTTP, cut short, too large
"""

from typing import Literal

Phase = Literal["connect", "first_byte", "idle"]


class UpstreamFailure(Exception):
    """The upstream gave no answer."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or type(self).__doc__)


class ConnectFailed(UpstreamFailure):
    """No connection to the upstream could be made."""


class QueueFull(UpstreamFailure):
    """Every connection to the upstream is busy and the queue for one is full."""


class TimedOut(UpstreamFailure):
    """The upstream took too long."""

    def __init__(self, phase: Phase, message: str = "") -> None:
        super().__init__(message)
        self.phase = phase


class Broken(UpstreamFailure):
    """The upstream broke off its answer, or sent something else than one."""
