"""A stream whose text is shown at once, and checked meanwhile: what may not be shown ends it, a little late."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from zaffre.core.chat import Carried
from zaffre.core.screening import Annotations, Offsets, Results, Screen, Verdict
from zaffre.gateway.screening.asked import stopped
from zaffre.gateway.screening.dialects import Dialect
from zaffre.gateway.screening.pieces import WINDOW, cut
from zaffre.gateway.screening.pulling import Pulling
from zaffre.gateway.screening.whole import FILTERED

MOST_AHEAD: Final = 1000
"""Characters that are shown before they have been checked, at most: beyond that, the stream waits for the check."""


class Shown:
    """Events in; the same out, what was found among them."""

    def __init__(self, dialect: Dialect, screen: Screen, annotations: Annotations, wanted: int) -> None:
        """As of `Held`."""
        self._dialect = dialect
        self._screen = screen
        self._annotations = annotations
        self._wanted = wanted
        self._choices: dict[int, _Choice] = {}

    @property
    def stopped(self) -> bool:
        """Whether nothing more may be shown of any choice."""
        return sum(choice.blocked for choice in self._choices.values()) >= self._wanted

    async def events(self, pulling: Pulling[Any]) -> AsyncGenerator[list[Any], None]:
        """All that may be shown, and notes of what was found."""
        try:
            while not pulling.over and not self.stopped:
                checks = [choice.check for choice in self._choices.values() if choice.check is not None]
                events = await pulling.next(timed=self._unchecked, work=checks)
                out = [heard for event in events if (heard := self._heard(event)) is not None]
                if notes := await self._notes(late=pulling.late):
                    out.append(self._dialect.event(notes))
                if pulling.late or not self._unchecked:
                    await pulling.rest()
                if out:
                    yield out
                # What was shown with an end's event does not wait for the last check.
                if ends := await self._ends():
                    yield [self._dialect.event(ends)]
            if not self.stopped and (last := await self._last()):
                yield [self._dialect.event(last)]
        finally:
            for choice in self._choices.values():
                await choice.close()

    @property
    def _unchecked(self) -> bool:
        return any(choice.unchecked and choice.check is None for choice in self._choices.values())

    def _heard(self, event: Any) -> Any | None:
        out: list[Any] = []
        for choice in event.choices:
            known = self._choices.get(choice.index)
            if known is None:
                known = _Choice(choice.index, self._dialect, self._screen, self._annotations)
                self._choices[choice.index] = known
            if not known.blocked:
                out += known.hear(choice)
        silent = event.usage is None and event.choices
        return None if silent and not out else self._dialect.event(out, event.usage)

    async def _notes(self, *, late: bool) -> list[Any]:
        out: list[Any] = []
        for choice in self._choices.values():
            out += await choice.notes(late=late)
        return out

    async def _ends(self) -> list[Any]:
        out: list[Any] = []
        for choice in self._choices.values():
            out += await choice.end()
        return out

    async def _last(self) -> list[Any]:
        """What was not checked yet where a stream ends without a word."""
        out: list[Any] = []
        for choice in self._choices.values():
            out += await choice.settle()
        return out


class _Choice:
    """One choice: what it has said, and how far it is checked."""

    def __init__(self, index: int, dialect: Dialect, screen: Screen, annotations: Annotations) -> None:
        self._index = index
        self._dialect = dialect
        self._screen = screen
        self._annotations = annotations
        self._checked: list[str] = []
        self._tail = ""
        """The last of what was checked."""
        self._characters = 0
        """Of all that was checked."""
        self.unchecked = ""
        self._checking = 0
        """Characters of the rest that are checked once the check under way is over."""
        self._whole_seen = True
        self.check: asyncio.Future[Verdict] | None = None
        self.blocked = False
        self._ending: tuple[str, Carried | None] | None = None
        """Its finish reason, and log probabilities that came with that."""

    def hear(self, choice: Any) -> list[Any]:
        """The next of its events. Returns what is shown of it."""
        texts = self._dialect.said(choice)
        self.unchecked += "".join(said.text for said in (*texts, *self._dialect.arguments(choice)))
        if choice.finish_reason is None:
            return [choice]
        self._ending = (choice.finish_reason, None if texts else choice.logprobs)
        passed = self._dialect.going_on(choice)
        return [] if passed is None else [passed]

    async def notes(self, *, late: bool) -> list[Any]:
        """What is known now; and the next check is begun."""
        out: list[Any] = []
        if self.check is not None and (self.check.done() or len(self.unchecked) > MOST_AHEAD):
            out += await self._take()
        if self.check is None and not self.blocked and (cut(self.unchecked) or (late and self.unchecked)):
            self._begin()
        return out

    async def settle(self) -> list[Any]:
        """See that all of it is checked. What waits here is no longer than what may be ahead."""
        out = await self._take() if self.check is not None else []
        if self.unchecked and not self.blocked:
            self._begin()
            out += await self._take()
        return out

    async def end(self) -> list[Any]:
        """The end of it, if that has come, once all of it is checked."""
        if self._ending is None:
            return []
        (reason, logprobs), self._ending = self._ending, None
        out = [] if self.blocked else await self.settle()
        if self.blocked:
            return out
        results = self._results
        if not self._whole_seen:
            verdict = await self._screen.completion("".join(self._checked))
            results = self._annotations.choices[self._index] = verdict.results
            if verdict.filtered:
                return [*out, self._stop(results)]
        return [*out, self._dialect.finish(self._index, reason, results, logprobs)]

    async def close(self) -> None:
        """Check nothing any more."""
        if self.check is not None:
            await stopped(self.check)

    def _begin(self) -> None:
        self._checking = len(self.unchecked)
        self._whole_seen = len(self._tail) == self._characters
        self.check = asyncio.ensure_future(self._screen.completion(self._tail + self.unchecked))

    async def _take(self) -> list[Any]:
        """The note of the check under way, once it is over."""
        check, self.check = self.check, None
        assert check is not None  # noqa: S101
        try:
            verdict = await check
        except asyncio.CancelledError:
            await stopped(check)
            raise
        start = self._annotations.prompt_characters + self._characters
        self._pass()
        self._annotations.choices[self._index] = verdict.results
        self._annotations.lengths[self._index] = self._characters
        end = self._annotations.prompt_characters + self._characters
        offsets = Offsets(end, start, end)
        note = self._dialect.note(self._index, verdict.results, offsets)
        return [note, self._stop(verdict.results)] if verdict.filtered else [note]

    def _pass(self) -> None:
        """What was being checked has been."""
        checked, self.unchecked = self.unchecked[: self._checking], self.unchecked[self._checking :]
        self._checked.append(checked)
        self._characters += len(checked)
        self._tail = (self._tail + checked)[-WINDOW:]

    @property
    def _results(self) -> Results:
        return self._annotations.choices.get(self._index, {})

    def _stop(self, results: Results) -> Any:
        self.blocked = True
        return self._dialect.finish(self._index, FILTERED, results)
