"""Every call leaves one record of what it took, whatever the surface and however it ended; nothing else does."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import Caller, Canned, chat, deployment, finish_chunk, text_answer, text_chunk, text_of
from tests.limits.clock import Clock
from zaffre.core.chat import ChatRequest, Chunk, Completion, Usage
from zaffre.core.errors import GatewayError, Overloaded, RateLimited, UpstreamError
from zaffre.core.limits import PerWindow, Standing
from zaffre.core.modality import Modality
from zaffre.core.usage import LEFT, CallRecord
from zaffre.gateway.meter import Metering
from zaffre.limits.process import InProcess

CHATS = ("/models/chat/completions", "/openai/v1/chat/completions")


class Kept:
    """A ledger that remembers."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []

    def record(self, record: CallRecord) -> None:
        self.records.append(record)

    def limited(self, name: str, of: str) -> None:
        pass


class World:
    def __init__(self, backend: Canned, **facts: object) -> None:
        self.kept = Kept()
        self.clock = Clock()
        served = deployment("Demo", backend, **facts)
        embeds = deployment("embed", backend, Modality.TEXT_EMBEDDINGS)
        metering = Metering(self.kept, lambda: 1000.0, self.clock)
        self.caller = Caller(served, embeds, metering=metering)

    def only(self) -> CallRecord:
        (record,) = self.kept.records
        return record


@pytest.mark.parametrize("path", CHATS)
async def test_a_whole_answer_leaves_what_it_took(path: str) -> None:
    usage = Usage(10, 5, 15, prompt_tokens_details={"cached_tokens": 4})
    completion = text_answer("Hello.")
    completion.usage = usage
    world = World(Canned(completion))
    assert (await world.caller.post(path, chat())).status == 200
    record = world.only()
    assert (record.prompt_tokens, record.completion_tokens, record.cached_tokens) == (10, 5, 4)
    assert (record.status, record.estimated, record.streamed) == (200, False, False)
    assert (record.principal, record.deployment, record.model) == ("key-1", "Demo", "Demo-model")
    assert (record.operation, record.started, record.first_token) == ("chat", 1000.0, None)


@pytest.mark.parametrize("path", CHATS)
async def test_a_stream_leaves_the_same_and_when_it_began(path: str) -> None:
    world = World(Canned(chunks=[[text_chunk("Hello.")], [finish_chunk(usage=Usage(10, 5, 15))]]))
    await text_of(await world.caller.post(path, chat(stream=True)))
    record = world.only()
    assert (record.prompt_tokens, record.completion_tokens, record.status, record.streamed) == (10, 5, 200, True)
    assert record.first_token is not None


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6), st.booleans())
def test_a_text_takes_the_same_whole_and_streamed(pieces: list[str], reported: bool) -> None:
    usage = Usage(7, 3, 10) if reported else None

    async def both() -> None:
        completion = text_answer("".join(pieces))
        completion.usage = usage
        last = finish_chunk()
        last.usage = usage
        world = World(Canned(completion, [[text_chunk(piece) for piece in pieces], [last]]))
        await world.caller.post(CHATS[0], chat())
        await text_of(await world.caller.post(CHATS[0], chat(stream=True)))
        whole, streamed = world.kept.records
        assert whole.estimated is streamed.estimated is (not reported)
        assert (whole.prompt_tokens, whole.completion_tokens) == (streamed.prompt_tokens, streamed.completion_tokens)

    asyncio.run(both())


async def test_a_stream_that_is_left_leaves_what_was_written() -> None:
    world = World(Canned(chunks=[[text_chunk("x" * 40)], [text_chunk("y" * 40)], [finish_chunk()]]))
    response = await world.caller.post(CHATS[0], chat(stream=True))
    assert not isinstance(response.body, bytes)
    await anext(response.body)
    await response.body.aclose()
    record = world.only()
    assert (record.status, record.cancelled, record.estimated, record.completion_tokens) == (LEFT, True, True, 10)


class Waiting(Canned):
    """Never answers."""

    async def chat(self, request: ChatRequest) -> Completion:
        await asyncio.Event().wait()
        raise AssertionError

    async def chat_stream(self, request: ChatRequest) -> AsyncGenerator[list[Chunk], None]:
        await asyncio.Event().wait()
        yield []


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_who_leaves_before_the_answer_has_used_the_prompt(stream: bool) -> None:
    world = World(Waiting())
    asking = asyncio.create_task(world.caller.post(CHATS[0], chat(text="four" * 10, stream=stream)))
    for _ in range(5):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    record = world.only()
    assert (record.status, record.prompt_tokens, record.completion_tokens) == (LEFT, 10, 0)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_refusal_of_the_backend_took_nothing(stream: bool) -> None:
    world = World(BusyCanned())
    assert (await world.caller.post(CHATS[0], chat(stream=stream))).status == 429
    record = world.only()
    assert (record.status, record.prompt_tokens, record.completion_tokens) == (429, 0, 0)


class BusyCanned(Canned):
    """Refuses, whole and streamed."""

    def __init__(self) -> None:
        super().__init__(error=RateLimited())


async def test_a_stream_that_breaks_says_so() -> None:
    world = World(Canned(chunks=[[text_chunk("Hello")]], breaks=UpstreamError()))
    await text_of(await world.caller.post(CHATS[1], chat(stream=True)))
    assert (world.only().status, world.only().estimated) == (502, True)


async def test_what_is_refused_before_the_backend_is_asked_leaves_nothing() -> None:
    clock = Clock()
    limiter = InProcess("Demo", PerWindow(1), clock)
    world = World(Canned(), limiter=limiter)
    assert (await world.caller.post(CHATS[0], chat(odd=1))).status == 400
    assert (await world.caller.post(CHATS[0], chat("nobody"))).status == 404
    assert (await world.caller.post(CHATS[0], chat(), api_key="wrong")).status == 401
    assert world.kept.records == []
    assert (await world.caller.post(CHATS[0], chat())).status == 200
    assert (await world.caller.post(CHATS[0], chat())).status == 429
    assert [record.status for record in world.kept.records] == [200]


class Undecided:
    """A limiter that waits for somebody else's word, or has lost who could tell."""

    def __init__(self, error: GatewayError | None = None) -> None:
        self.asked = asyncio.Event()
        self._error = error

    async def admit(self, tokens: int) -> Standing:
        if self._error:
            raise self._error
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    def settle(self, standing: Standing, usage: Usage | None) -> None:
        raise AssertionError


@pytest.mark.parametrize("stream", [False, True])
async def test_what_no_limit_has_let_in_leaves_nothing(stream: bool) -> None:
    world = World(Canned(), limiter=Undecided(Overloaded()))
    assert (await world.caller.post(CHATS[0], chat(stream=stream))).status == 503
    limiter = Undecided()
    leaving = World(Canned(), limiter=limiter)
    asking = asyncio.create_task(leaving.caller.post(CHATS[0], chat(stream=stream)))
    await limiter.asked.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert (world.kept.records, leaving.kept.records) == ([], [])


async def test_vectors_are_counted_too() -> None:
    world = World(Canned())
    await world.caller.post("/openai/v1/embeddings", {"model": "embed", "input": "a"})
    assert (world.only().operation, world.only().prompt_tokens) == ("embeddings", 2)
