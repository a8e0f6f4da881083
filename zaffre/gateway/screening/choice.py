"""One choice of a stream whose text is held back until it has been checked."""

from typing import Any, Final

from zaffre.core.chat import Carried
from zaffre.core.screening import Results, Screen, Verdict
from zaffre.gateway.screening.dialects import Dialect, Said
from zaffre.gateway.screening.pieces import WINDOW, cut, gap
from zaffre.gateway.screening.whole import BETWEEN, FILTERED

_AT_ONCE: Final = 4096
"""Characters that are cut into pieces together."""


class HeldChoice:
    """Takes texts in, and gives out what may be shown of them."""

    def __init__(self, index: int, dialect: Dialect, screen: Screen) -> None:
        self._index = index
        self._dialect = dialect
        self._screen = screen
        self._waiting: list[Said] = []
        self._shown: list[str] = []
        self._tail = ""
        """The last of what was shown."""
        self.characters = 0
        """Of all that was shown."""
        self._whole_seen = True
        """Whether the last check saw all of the text."""
        self.results: Results = {}
        """Of the last check."""
        self.blocked = False

    @property
    def waits(self) -> bool:
        return bool(self._waiting)

    async def hear(self, choice: Any) -> list[Any]:
        """The next of its events. Returns what may be shown now."""
        out: list[Any] = []
        texts = self._dialect.said(choice)
        for said in texts:
            out += await self._say(said)
        others = self._dialect.others(choice)
        if others is not None:
            # They stand after the text that came before them.
            out += await self.flush() if self._dialect.tells(others) else []
            out += [] if self.blocked else [others]
        for said in self._dialect.arguments(choice):
            out += [] if self.blocked else await self._say(said)
        if choice.finish_reason is not None and not self.blocked:
            out += await self.end(choice.finish_reason, None if texts else choice.logprobs)
        return out

    async def flush(self) -> list[Any]:
        """All that waits."""
        out = await self._pieces()
        return out + await self._release(self._length) if self.waits else out

    async def hurry(self) -> list[Any]:
        """What has waited long enough: whole words, but for a text that has only one."""
        if self._screen.masks or not self.waits:
            return []
        text = self._text
        return await self._release(gap(text) or len(text))

    async def end(self, reason: str, logprobs: Carried | None = None) -> list[Any]:
        """What is left of it, and its end. The text is checked again as a whole."""
        out = await self.flush()
        if self.blocked:
            return out
        if not self._whole_seen:
            verdict = await self._screen.completion("".join(self._shown))
            self.results = verdict.results
            if verdict.filtered:
                return [*out, self._stop()]
        return [*out, self._dialect.finish(self._index, reason, self.results, logprobs)]

    async def _say(self, said: Said) -> list[Any]:
        out: list[Any] = []
        if self._waiting and self._waiting[-1].channel != said.channel:
            out += await self.flush()
            if not self.blocked:
                self._passed(BETWEEN)
        if self.blocked:
            return out
        # All that waits is put together for every piece: a whole answer in one event would be, many times.
        for start in range(0, len(said.text), _AT_ONCE):
            if not self.blocked:
                part = said.text[start : start + _AT_ONCE]
                last = start + _AT_ONCE >= len(said.text)
                self._waiting.append(Said(said.channel, part, said.logprobs if last else None))
                out += await self._pieces()
        return out

    async def _pieces(self) -> list[Any]:
        out: list[Any] = []
        while self.waits and (length := cut(self._text, masked=self._screen.masks)):
            out += await self._release(length)
        return out

    async def _release(self, length: int) -> list[Any]:
        """The first characters of what waits, if they may be shown."""
        piece = self._text[:length]
        verdict = await self._screen.completion(self._tail + piece)
        self.results = verdict.results
        if verdict.filtered:
            return [self._stop()]
        self._whole_seen = len(self._tail) == self.characters
        shown = self._taken(length, self._masked(verdict, piece))
        self._passed(piece)
        return [self._dialect.choice(self._index, said, verdict.results) for said in shown]

    def _masked(self, verdict: Verdict, piece: str) -> str | None:
        masked = verdict.text[len(self._tail) :] if verdict.text is not None and self._waiting[0].is_prose else None
        return None if masked == piece else masked

    def _passed(self, text: str) -> None:
        self._shown.append(text)
        self.characters += len(text)
        self._tail = (self._tail + text)[-WINDOW:]

    def _taken(self, length: int, masked: str | None) -> list[Said]:
        """The first characters of what waits, which wait no longer."""
        taken: list[Said] = []
        start = 0
        while start < length:
            said = self._waiting[0]
            part = said.text[: length - start]
            whole = len(part) == len(said.text)
            text = part if masked is None else masked[start : start + len(part)]
            # The log probabilities of a masked text would still tell it.
            logprobs = said.logprobs if whole and masked is None else None
            if taken and logprobs is None and taken[-1].logprobs is None:
                taken[-1].text += text
            else:
                taken.append(Said(said.channel, text, logprobs))
            if whole:
                self._waiting.pop(0)
            else:
                said.text = said.text[len(part) :]
            start += len(part)
        return taken

    @property
    def _text(self) -> str:
        return "".join(said.text for said in self._waiting)

    @property
    def _length(self) -> int:
        return sum(len(said.text) for said in self._waiting)

    def _stop(self) -> Any:
        self.blocked = True
        self._waiting.clear()
        return self._dialect.finish(self._index, FILTERED, self.results)
