"""A streamed answer to a call whose deployment has a content filter."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

import msgspec

from zaffre.core.chat import ChatRequest, Usage
from zaffre.core.screening import Screen
from zaffre.gateway import estimate
from zaffre.gateway.call import Call, R
from zaffre.gateway.screening.asked import checked, checked_beside
from zaffre.gateway.screening.dialects import Chats, Dialect, Texts
from zaffre.gateway.screening.held import Held
from zaffre.gateway.screening.pulling import Pulling
from zaffre.gateway.screening.shown import Shown
from zaffre.gateway.streams import E


async def screened_stream(
    call: Call[R], ask: Callable[[Call[R]], AsyncGenerator[list[E], None]]
) -> AsyncGenerator[list[E], None]:
    """The events as they may be shown. Of one that is stopped, the usage is what it had written by then.

    Raises:
        PromptFiltered: the prompt may not leave.
        NotScreened, and what the backend raises.
    """
    screen = cast(Screen, call.deployment.screen)
    if not screen.parallel:
        await checked(call, screen)
    dialect: Dialect = Chats() if isinstance(call.request, ChatRequest) else Texts()
    written = _Written(call)
    async with aclosing(ask(call)) as source, aclosing(_counted(source, written)) as events:
        pulling = Pulling(events, screen.sleep)
        try:
            if screen.parallel:
                await checked_beside(call, screen, pulling.begin())
            annotations = call.annotations
            assert annotations is not None  # noqa: S101
            way = Shown if screen.asynchronous else Held
            screening = way(dialect, screen, annotations, _choices(call.request))
            async with aclosing(screening.events(pulling)) as shown:
                async for batch in shown:
                    yield batch
            if screening.stopped:
                yield [dialect.event([], written.usage)]
        finally:
            await pulling.close()


class _Written:
    """How much a backend has written."""

    def __init__(self, call: Call[Any]) -> None:
        self._request = call.request
        self.characters = 0
        self.reported: Usage | None = None

    @property
    def usage(self) -> Usage:
        return self.reported or estimate.usage(estimate.prompt_characters(self._request), self.characters)


async def _counted(source: AsyncGenerator[list[E], None], written: _Written) -> AsyncGenerator[list[E], None]:
    async for batch in source:
        for event in batch:
            written.reported = event.usage or written.reported
        written.characters += estimate.length_of(batch)
        yield batch


def _choices(request: Any) -> int:
    """How many choices are asked for."""
    raw = request.fields.get("n")
    try:
        tries = 1 if raw is None else int(msgspec.json.decode(raw))
    except (ValueError, TypeError):
        tries = 1
    if isinstance(request, ChatRequest):
        return tries
    prompt = request.known.prompt
    several = isinstance(prompt, list) and not isinstance(prompt[0], int)
    return tries * (len(prompt) if several else 1)
