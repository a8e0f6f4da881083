"""A stream whose text is held back until it has been checked."""

from collections.abc import AsyncGenerator
from typing import Any

from zaffre.core.screening import Annotations, Screen
from zaffre.gateway.screening.choice import HeldChoice
from zaffre.gateway.screening.dialects import Dialect
from zaffre.gateway.screening.pulling import Pulling


class Held:
    """Events in, events out that may be shown."""

    def __init__(self, dialect: Dialect, screen: Screen, annotations: Annotations, wanted: int) -> None:
        """
        Args:
            annotations: where the results are noted.
            wanted: how many choices there will be.
        """
        self._dialect = dialect
        self._screen = screen
        self._annotations = annotations
        self._wanted = wanted
        self._choices: dict[int, HeldChoice] = {}

    @property
    def stopped(self) -> bool:
        """Whether nothing more may be shown of any choice."""
        return sum(choice.blocked for choice in self._choices.values()) >= self._wanted

    async def events(self, pulling: Pulling[Any]) -> AsyncGenerator[list[Any], None]:
        """All that may be shown, in the order in which it came."""
        while not pulling.over and not self.stopped:
            waits = any(choice.waits for choice in self._choices.values())
            events = await pulling.next(timed=waits)
            out = [heard for event in events if (heard := await self._heard(event)) is not None]
            if pulling.late:
                out += await self._hurried()
            if pulling.late or not any(choice.waits for choice in self._choices.values()):
                await pulling.rest()
            if out:
                yield out
        if not self.stopped and (last := await self._last()):
            yield last

    async def _heard(self, event: Any) -> Any | None:
        out: list[Any] = []
        for choice in event.choices:
            held = self._choices.get(choice.index)
            if held is None:
                held = self._choices[choice.index] = HeldChoice(choice.index, self._dialect, self._screen)
            if not held.blocked:
                out += await held.hear(choice)
                self._annotations.choices[choice.index] = held.results
                self._annotations.lengths[choice.index] = held.characters
        silent = event.usage is None and event.choices
        return None if silent and not out else self._dialect.event(out, event.usage)

    async def _hurried(self) -> list[Any]:
        out: list[Any] = []
        for choice in self._choices.values():
            out += await choice.hurry()
        return [self._dialect.event(out)] if out else []

    async def _last(self) -> list[Any]:
        """What still waits where a stream ends without a word."""
        out: list[Any] = []
        for choice in self._choices.values():
            out += await choice.flush()
        return [self._dialect.event(out)] if out else []
