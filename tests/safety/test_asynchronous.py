"""Streams that are shown at once and checked meanwhile."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import Canned, chat, events_of, text_chunk
from tests.safety.marking import HARMLESS, of
from tests.safety.screened import PATHS, Ledger, Screened
from tests.safety.streaming import PROSE, Clock, split, streaming, told, words
from zaffre.config.filters import FilterConfig
from zaffre.core.chat import ChatRequest
from zaffre.gateway.meter import Metering
from zaffre.gateway.screening.shown import MOST_AHEAD

LATE = FilterConfig(mode="asynchronous")


@pytest.mark.parametrize("surface", PATHS)
async def test_a_harmless_stream_comes_token_by_token(surface: str) -> None:
    events = await events_of(await streaming(words(PROSE), LATE).post(surface, chat(stream=True)))
    texts = [choice["delta"].get("content") for event in events for choice in event["choices"]]
    assert [text for text in texts if text] == words(PROSE)
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


async def test_text_is_shown_while_it_is_being_checked() -> None:
    screened = streaming(["Once upon a time there was a very quiet river. ", "Then "], LATE)
    screened.classifier.gate = gate = asyncio.Event()
    screened.classifier.gated = "completion"
    response = await screened.post("v1", chat(stream=True))
    pieces = response.body
    assert not isinstance(pieces, bytes)
    said = b""
    while b"Then" not in said:
        said += await anext(pieces)
    assert b'finish_reason":"' not in said
    gate.set()
    rest = b"".join([piece async for piece in pieces])
    assert b'"finish_reason":"stop"' in rest


async def test_what_was_found_comes_in_chunks_of_its_own_with_offsets() -> None:
    prompt = "What is in the river?"
    events = await events_of(await streaming(words(PROSE), LATE).post("v1", chat("demo", prompt, stream=True)))
    choices = [choice for event in events for choice in event["choices"]]
    notes = [choice for choice in choices if "content_filter_offsets" in choice]
    assert notes
    assert all(note["delta"] == {} and note["content_filter_results"] == HARMLESS for note in notes)
    place = len(prompt)
    for note in notes:
        offsets = note["content_filter_offsets"]
        assert (offsets["start_offset"], offsets["check_offset"]) == (place, offsets["end_offset"])
        assert offsets["end_offset"] > place
        place = offsets["end_offset"]
    assert place == len(prompt) + len("".join(words(PROSE)))
    tokens = [choice for choice in choices if choice["delta"].get("content")]
    assert all("content_filter_results" not in choice for choice in tokens)


@pytest.mark.parametrize("surface", PATHS)
async def test_harmful_text_ends_a_stream_late_but_not_too_late(surface: str) -> None:
    ledger = Ledger()
    screened = streaming(words(f"{PROSE} thunder6 {PROSE * 5}"), LATE, metering=Metering(ledger))
    text, finish = await told(screened, surface)
    assert finish == "content_filter"
    assert len(text) <= len(PROSE) + MOST_AHEAD + 100
    assert screened.backend.closed
    assert ledger.records[-1].estimated


async def test_a_slow_check_holds_the_stream_before_it_is_too_far_ahead() -> None:
    screened = streaming(words(PROSE * 5), LATE)
    screened.classifier.gate = asyncio.Event()
    screened.classifier.gated = "completion"
    response = await screened.post("inference", chat(stream=True))
    assert not isinstance(response.body, bytes)
    said = b""

    async def read() -> None:
        nonlocal said
        async for piece in response.body:  # type: ignore[union-attr]
            said += piece

    reading = asyncio.create_task(read())
    await screened.classifier.called.wait()
    for _ in range(2000):
        await asyncio.sleep(0)
    assert said.count(b'"content":') < MOST_AHEAD / 4
    screened.classifier.gate.set()
    await reading
    assert b'"finish_reason":"stop"' in said


async def test_the_last_chunk_says_what_was_found() -> None:
    events = await events_of(await streaming(["thunder6"], LATE).post("v1", chat(stream=True)))
    [choice] = events[-1]["choices"]
    assert (choice["finish_reason"], choice["content_filter_results"]) == ("content_filter", of(violence="high"))


async def test_the_inference_api_has_no_chunks_without_words() -> None:
    events = await events_of(await streaming(words(PROSE), LATE).post("inference", chat(stream=True)))
    texts = [choice["delta"].get("content") for event in events[1:-1] for choice in event["choices"]]
    assert all(texts)
    assert "filter" not in str(events)


@given(st.lists(st.integers(0, 5000), max_size=60), st.integers(0, len(PROSE)), st.booleans())
def test_the_verdict_is_the_same_however_a_text_is_split(at: list[int], place: int, harmful: bool) -> None:
    text = f"{PROSE[:place]}thunder6{PROSE[place:]}" if harmful else PROSE

    async def verdict() -> None:
        shown, finish = await told(streaming(split(text, at), LATE))
        assert finish == ("content_filter" if harmful else "stop")
        assert text.startswith(shown)

    asyncio.run(verdict())


async def test_a_caller_who_leaves_ends_the_check_and_the_upstream() -> None:
    closed = asyncio.Event()

    class Endless(Canned):
        async def chat_stream(self, request: ChatRequest) -> Any:
            try:
                yield [text_chunk(PROSE)]
                await asyncio.Event().wait()
            finally:
                closed.set()

    screened = Screened(Endless(), LATE, sleep=Clock().sleep)
    screened.classifier.gate = asyncio.Event()
    screened.classifier.gated = "completion"
    response = await screened.post("inference", chat(stream=True))
    assert not isinstance(response.body, bytes)
    reading = asyncio.create_task(_drain(response.body))
    await screened.classifier.waiting.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert closed.is_set()
    assert screened.classifier.given_up == 1


async def _drain(pieces: Any) -> None:
    try:
        async for _ in pieces:
            pass
    finally:
        await pieces.aclose()
