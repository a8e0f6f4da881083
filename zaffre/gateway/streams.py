"""A stream on its way: awaited until its first words, then passed on, counted and settled however it ends."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from zaffre.core.chat import Chunk, CompletionRequest, TextCompletion, Usage
from zaffre.core.errors import GatewayError, UpstreamError
from zaffre.core.usage import LEFT
from zaffre.gateway import estimate
from zaffre.gateway.call import Call, R
from zaffre.gateway.limiting import settle
from zaffre.gateway.meter import Meter

E = TypeVar("E", Chunk, TextCompletion)


async def begun(source: AsyncGenerator[list[E], None]) -> list[E]:
    """The events up to the first words. Raises what the source raises before them."""
    first: list[E] = []
    try:
        # Events without words, such as the role's, wait for those: an error may still come instead.
        while not any(map(_has_begun, first)):
            first += await anext(source)
    except StopAsyncIteration:
        if not first:
            raise UpstreamError("The model's server ended its stream before it began.") from None
    except BaseException:
        await source.aclose()
        raise
    return first


async def counted(
    call: Call[R], meter: Meter, first: list[E], source: AsyncGenerator[list[E], None]
) -> AsyncGenerator[list[E], None]:
    """The stream from its first event on, closed however it ends, with an estimated usage if none came."""
    events = _counted(call, meter, first, source)
    # It has begun to watch: a caller who leaves before the first event is asked for is noticed, too.
    await anext(events)
    return events


async def _counted(
    call: Call[R], meter: Meter, first: list[E], source: AsyncGenerator[list[E], None]
) -> AsyncGenerator[list[E], None]:
    """One empty list, and then the stream."""
    status = LEFT
    written = 0
    usage: Usage | None = None
    of_text = isinstance(call.request, CompletionRequest)
    try:
        async with aclosing(source):
            yield []
            events = first
            while True:
                for event in events:
                    if event.usage is not None:
                        usage = event.usage
                written += estimate.length_of(events)
                yield events
                try:
                    events = await anext(source)
                except StopAsyncIteration:
                    break
        if usage is None:
            usage = estimate.usage(estimate.prompt_characters(call.request), written)
            yield [(TextCompletion if of_text else Chunk)(usage=usage)]  # type: ignore[list-item]
        status = 200
    except GatewayError as error:
        status = error.status
        raise
    finally:
        # The caller may have left, or the backend failed: what was written has been used all the same.
        used = estimate.usage(estimate.prompt_characters(call.request), written) if usage is None else usage
        settle(call, used)
        meter.end(status, used)


def _has_begun(event: Chunk | TextCompletion) -> bool:
    """Whether an event says something, if only that it is over."""
    if isinstance(event, TextCompletion):
        return any(choice.text or choice.finish_reason for choice in event.choices)
    deltas = (choice.delta for choice in event.choices)
    return any(choice.finish_reason for choice in event.choices) or any(
        delta.content or delta.tool_calls or delta.reasoning_content or delta.refusal or delta.audio for delta in deltas
    )
