"""Streams behind a content filter, and time that passes when a test says so."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tests.api.canned import Canned, chat, events_of, finish_chunk, text_chunk
from tests.safety.screened import Screened
from zaffre.config.filters import FilterConfig
from zaffre.core.chat import Chunk, Usage

PROSE = "The sun rose over a quiet town, and nobody was up yet. A dog barked once! Then the bells began to ring. " * 8


def split(text: str, at: list[int]) -> list[str]:
    edges = [0, *sorted({place % (len(text) + 1) for place in at}), len(text)]
    return [text[start:end] for start, end in pairwise(edges) if start < end]


def words(text: str) -> list[str]:
    return [f"{word} " for word in text.split(" ")]


class Clock:
    """Sleeps end when time passes, and not before."""

    def __init__(self) -> None:
        self._sleeping: list[asyncio.Event] = []
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        self._sleeping.append(over)
        self.asleep.set()
        await over.wait()

    def passes(self) -> None:
        """All who sleep wake up."""
        self.asleep.clear()
        for over in self._sleeping:
            over.set()
        self._sleeping.clear()


def streaming(texts: Iterable[str | list[Chunk]], said: FilterConfig | None = None, **more: Any) -> Screened:
    """A deployment whose stream says these texts, one an event."""
    chunks = [[text_chunk(each)] if isinstance(each, str) else each for each in texts]
    more.setdefault("sleep", Clock().sleep)
    return Screened(Canned(chunks=[*chunks, [finish_chunk(usage=Usage(4, 9, 13))]]), said, **more)


async def told(screened: Screened, surface: str = "v1", **fields: Any) -> tuple[str, str]:
    """The text of a stream and why it ended."""
    events = await events_of(await screened.post(surface, chat(stream=True, **fields)))
    choices = [choice for event in events for choice in event["choices"]]
    finish = [choice["finish_reason"] for choice in choices if choice["finish_reason"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices), finish[-1]
