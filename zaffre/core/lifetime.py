"""Until when a deployment has its model, and in which version."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct


def _now() -> datetime:
    return datetime.now(UTC)


class Calendar:
    """Says which day it is."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        """
        Args:
            now: the time, in UTC.
        """
        self._now = now

    def today(self) -> date:
        """The day, in UTC."""
        return self._now().date()

    def until_tomorrow(self) -> float:
        """Seconds until the next day begins."""
        now = self._now()
        return (datetime.combine(now.date() + timedelta(days=1), time(), UTC) - now).total_seconds()


class Stage(Struct, frozen=True):
    """A version, as long as it is there."""

    version: str
    """Empty: nobody says."""
    until: date | None
    """The first day without it. None: there is no such day."""


def on(stages: Sequence[Stage], day: date) -> Stage | None:
    """The stage of that day; None: all are over."""
    return next((stage for stage in stages if stage.until is None or day < stage.until), None)


class Lifetime:
    """The stages of one deployment, one after the other."""

    def __init__(self, stages: Sequence[Stage], today: Callable[[], date]) -> None:
        """
        Args:
            stages: at least one.
        """
        self._stages = tuple(stages)
        self._today = today

    @property
    def version(self) -> str:
        """Today's; the last one when all are over."""
        return (on(self._stages, self._today()) or self._stages[-1]).version

    @property
    def retires(self) -> date | None:
        """The first day without the model, where there is one."""
        return self._stages[-1].until

    @property
    def over(self) -> bool:
        """Whether that day has come."""
        return on(self._stages, self._today()) is None
