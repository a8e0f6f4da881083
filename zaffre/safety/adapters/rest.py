"""Leaving a classifier alone that cannot answer, so that not every call waits for it in vain."""

from collections.abc import Callable
from typing import Final

from zaffre.core.errors import ClassifierFailed

IN_A_ROW: Final = 3
LASTS: Final = 10.0
"""Seconds of rest after so many failures in a row."""
LONGEST: Final = 60.0
"""Seconds that a classifier may ask to be left alone."""


class Rest:
    """When a classifier is asked again.

    What a text itself can bring about, an answer that cannot be read or a refusal, never counts: nobody shall talk a
    classifier to sleep.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """
        Args:
            now: seconds on a clock that is never set back.
        """
        self._now = now
        self._failures = 0
        self._until = 0.0

    def check(self) -> None:
        """Raises ClassifierFailed while it rests."""
        left = self._until - self._now()
        if left > 0:
            raise ClassifierFailed("resting", retry_after=left)

    def worked(self) -> None:
        """It has answered."""
        self._failures = 0

    def failed(self, failure: ClassifierFailed) -> None:
        """It has not."""
        if failure.reason == "throttled":
            self._until = self._now() + min(failure.retry_after or 1.0, LONGEST)
        elif failure.reason in ("timeout", "unreachable"):
            self._failures += 1
            if self._failures >= IN_A_ROW:
                self._until = self._now() + LASTS
