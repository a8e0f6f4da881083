"""A stream on its way: awaited until its first words, then passed on, counted and settled however it ends."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from zaffre.core.chat import Chunk, CompletionRequest, TextCompletion, Usage
from zaffre.core.errors import GatewayError, UpstreamError
from zaffre.core.flow import Flow
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
    tally: _Tally[E] = _Tally(call, meter)
    if isinstance(source, Flow):
        return _Counted(tally, first, source)
    events = _counted(tally, first, source)
    # It has begun to watch: a caller who leaves before the first event is asked for is noticed, too.
    await anext(events)
    return events


class _Tally(Generic[E]):
    """What a stream has written so far."""

    __slots__ = ("_call", "_meter", "_settled", "_usage", "_written")

    def __init__(self, call: Call[Any], meter: Meter) -> None:
        self._call = call
        self._meter = meter
        self._written = 0
        self._usage: Usage | None = None
        self._settled = False

    def add(self, events: list[E]) -> list[E]:
        """These have come."""
        for event in events:
            if event.usage is not None:
                self._usage = event.usage
        self._written += estimate.length_of(events)
        return events

    def unreported(self) -> list[E]:
        """An event that brings the usage, if none has."""
        if self._usage is not None:
            return []
        self._usage = self._estimate()
        of_text = isinstance(self._call.request, CompletionRequest)
        return [(TextCompletion if of_text else Chunk)(usage=self._usage)]  # type: ignore[list-item]

    def settle(self, status: int) -> None:
        """The stream is over. The caller may have left, or the backend failed: what was written has been used all the
        same. The first call counts."""
        if self._settled:
            return
        self._settled = True
        used = self._estimate() if self._usage is None else self._usage
        settle(self._call, used)
        self._meter.end(status, used)

    def _estimate(self) -> Usage:
        return estimate.usage(estimate.prompt_characters(self._call.request), self._written)


class _Counted(Flow[list[E]], Generic[E]):
    """A stream that flows."""

    __slots__ = ("_first", "_source", "_tally", "more")

    def __init__(self, tally: "_Tally[E]", first: list[E], source: Flow[list[E]]) -> None:
        self._tally: _Tally[E] = tally
        self._first: list[E] = first
        self._source: Flow[list[E]] = source
        self.more = True

    def take(self) -> list[E] | None:
        if self._first:
            events, self._first = self._first, []
            return self._tally.add(events)
        try:
            taken = self._source.take()
            self.more = self._source.more
        except StopAsyncIteration:
            last = self._tally.unreported()
            if last:
                return last
            self._tally.settle(200)
            raise
        except GatewayError as error:
            self._tally.settle(error.status)
            raise
        return None if taken is None else self._tally.add(taken)

    def listen(self, news: Callable[[], None] | None) -> None:
        self._source.listen(news)

    def close(self) -> None:
        self._source.close()
        self._tally.settle(LEFT)


async def _counted(
    tally: _Tally[E], first: list[E], source: AsyncGenerator[list[E], None]
) -> AsyncGenerator[list[E], None]:
    """One empty list, and then the stream."""
    status = LEFT
    try:
        async with aclosing(source):
            yield []
            yield tally.add(first)
            async for events in source:
                yield tally.add(events)
        if last := tally.unreported():
            yield last
        status = 200
    except GatewayError as error:
        status = error.status
        raise
    finally:
        tally.settle(status)


def _has_begun(event: Chunk | TextCompletion) -> bool:
    """Whether an event says something, if only that it is over."""
    if isinstance(event, TextCompletion):
        return any(choice.text or choice.finish_reason for choice in event.choices)
    for choice in event.choices:
        said = choice.delta
        if (
            said.content
            or choice.finish_reason
            or said.tool_calls
            or said.reasoning_content
            or said.refusal
            or said.audio
        ):
            return True
    return False
