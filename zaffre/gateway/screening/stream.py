"""A streamed answer to a call whose deployment has a content filter."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import cast

from zaffre.core.screening import Screen
from zaffre.gateway.call import Call, R
from zaffre.gateway.screening.asked import checked
from zaffre.gateway.streams import E


async def screened_stream(
    call: Call[R], ask: Callable[[Call[R]], AsyncGenerator[list[E], None]]
) -> AsyncGenerator[list[E], None]:
    """The events as they may be shown.

    Raises:
        PromptFiltered: the prompt may not leave.
        NotScreened, and what the backend raises.
    """
    screen = cast(Screen, call.deployment.screen)
    await checked(call, screen)
    async with aclosing(ask(call)) as events:
        async for batch in events:
            yield batch
