"""Decoding streams of the OpenAI dialect: `data: {...}` events, then `data: [DONE]`."""

from collections.abc import Callable
from typing import Generic, TypeVar

from zaffre.core.chat import Chunk, ChunkChoice, TextChoice, TextCompletion
from zaffre.core.errors import UpstreamError
from zaffre.net.sse import payloads
from zaffre.providers.answers import mended_usage, settle_finish
from zaffre.providers.lenient import DECODING_FAILED, UNREADABLE
from zaffre.providers.runs import Runs

E = TypeVar("E", Chunk, TextCompletion)


class Decoder(Generic[E]):
    """Decodes one stream."""

    __slots__ = ("_ended", "_lenient", "_open", "_strict", "over")

    def __init__(self, strict: Callable[[bytes], list[E]], lenient: Callable[[bytes], E]) -> None:
        """
        Args:
            strict: decodes a JSON array of events.
            lenient: decodes one event that the strict decoder does not know.
        """
        self._strict: Callable[[bytes], list[E]] = strict
        self._lenient: Callable[[bytes], E] = lenient
        self._open = {0}
        self._ended: set[int] = set()
        self.over = False

    @property
    def complete(self) -> bool:
        """Whether every choice has its finish reason, or the stream said that it is over."""
        return self.over or not self._open

    def feed(self, events: list[bytes]) -> list[E]:
        """The events decoded, without those that say nothing."""
        if events and events[-1] == b"[DONE]":
            chunks = self.feed(events[:-1])
            self.over = True
            return chunks
        try:
            # What arrived together is decoded together: that is half the cost of one by one.
            chunks = self._strict(b"[%b]" % b",".join(events))
        except DECODING_FAILED:
            return self._one_by_one(events)
        for place, chunk in enumerate(chunks):
            if chunk.usage is not None:
                chunk.usage = mended_usage(chunk.usage)
            for choice in chunk.choices:
                if choice.finish_reason is not None or choice.index:
                    self._note(choice, events[place])
        return chunks

    def read(self, text: bytes) -> list[E]:
        """The events of a text."""
        return self.feed(payloads(text)) if text else []

    def whole(self, body: bytes) -> list[E]:
        """The events that a whole answer amounts to."""
        self.over = True
        answered = self._one_by_one([body])
        if not any(event.choices for event in answered):
            raise UpstreamError(UNREADABLE)
        return answered

    def _one_by_one(self, events: list[bytes]) -> list[E]:
        decoded = []
        for event in filter(None, map(bytes.strip, events)):
            if event.startswith(b"[DONE]"):
                self.over = True
                break
            chunk = self._lenient(event)
            for choice in chunk.choices:
                self._note(choice, event)
            if chunk.usage is not None:
                chunk.usage = mended_usage(chunk.usage)
            if chunk.choices or chunk.usage is not None:
                decoded.append(chunk)
        return decoded

    def _note(self, choice: ChunkChoice | TextChoice, event: bytes) -> None:
        """Which choices are still to be finished: the first, and whatever others begin."""
        settle_finish(choice, event)
        if choice.finish_reason is not None:
            self._open.discard(choice.index)
            self._ended.add(choice.index)
        elif choice.index not in self._ended:
            self._open.add(choice.index)


class ChatDecoder(Decoder[Chunk]):
    """Decodes one streamed chat."""

    __slots__ = ("_runs",)

    def __init__(self, strict: Callable[[bytes], list[Chunk]], lenient: Callable[[bytes], Chunk]) -> None:
        """As of `Decoder`."""
        super().__init__(strict, lenient)
        self._runs = Runs()

    def read(self, text: bytes) -> list[Chunk]:
        """The events of a text, the first run of plain text among them as one."""
        found = self._runs.find(text)
        if found is None:
            return super().read(text)
        before, run, after = found
        if not before and not after:
            return [run]
        chunks = super().read(before)
        if self.over:
            return chunks
        chunks.append(run)
        return chunks + super().read(after)
