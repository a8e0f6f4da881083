"""Streams whose text is held back until it has been checked."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.canned import Canned, chat, events_of, finish_chunk, text_chunk
from tests.safety.screened import PATHS, Ledger, Screened
from tests.safety.streaming import PROSE, Clock, split, streaming, told, words
from zaffre.config.filters import FilterConfig
from zaffre.core.chat import (
    ChatRequest,
    Chunk,
    ChunkChoice,
    CompletionRequest,
    Delta,
    FunctionFragment,
    TextChoice,
    TextCompletion,
    ToolCallFragment,
    Usage,
)
from zaffre.gateway.meter import Metering
from zaffre.gateway.screening.pieces import PIECE, WINDOW, cut
from zaffre.net.http import Hangup


@pytest.mark.parametrize("surface", PATHS)
async def test_a_harmless_stream_arrives_whole_in_larger_pieces(surface: str) -> None:
    screened = streaming(words(PROSE))
    text, finish = await told(screened, surface)
    assert (text.strip(), finish) == (PROSE.strip(), "stop")
    assert all(len(asked) <= WINDOW + PIECE for asked, side in screened.classifier.asked[1:-1])
    assert screened.classifier.asked[-1][0] == f"{PROSE} "


@pytest.mark.parametrize("surface", PATHS)
async def test_a_stream_stops_before_harmful_text_is_shown(surface: str) -> None:
    text, finish = await told(streaming(words(f"{PROSE} Now thunder6 rolls. {PROSE}")), surface)
    assert PROSE.startswith(text)
    assert len(text) >= len(PROSE) - PIECE
    assert finish == "content_filter"


@given(st.lists(st.integers(0, 5000), max_size=60), st.integers(0, len(PROSE)), st.booleans())
def test_a_text_gets_the_same_verdict_and_the_same_pieces_however_it_is_split(
    at: list[int], place: int, harmful: bool
) -> None:
    text = f"{PROSE[:place]}thunder6{PROSE[place:]}" if harmful else PROSE

    async def both() -> None:
        whole, parts = streaming([text]), streaming(split(text, at))
        shown, finish = await told(parts)
        assert (shown, finish) == await told(whole)
        assert finish == ("content_filter" if harmful else "stop")
        assert parts.classifier.asked == whole.classifier.asked
        # Nothing of what was caught, and nothing that comes after it.
        assert "thunder6" not in shown
        assert text.startswith(shown)
        if harmful:
            assert len(shown) <= place

    asyncio.run(both())


@given(st.text(alphabet="ab. \n!", max_size=700))
def test_a_piece_is_never_longer_than_it_may_be(text: str) -> None:
    assert 0 <= cut(text) <= PIECE
    if cut(text) == 0:
        assert len(text) <= PIECE


async def test_a_word_across_a_cut_is_seen_in_the_window_of_the_next() -> None:
    long = "a" * 197
    text, finish = await told(streaming([f"{long}thunder6", " and more of it, which nobody will see."]))
    assert finish == "content_filter"
    assert "thunder6" not in text


async def test_text_that_waits_is_shown_when_its_time_is_up() -> None:
    clock = Clock()
    gate = asyncio.Event()

    class Slow(Canned):
        async def chat_stream(self, request: ChatRequest) -> Any:
            yield [text_chunk("Once upon a ti")]
            await gate.wait()
            yield [text_chunk("me."), finish_chunk()]

    screened = Screened(Slow(), sleep=clock.sleep)
    call = asyncio.create_task(screened.post("inference", chat(stream=True)))
    await clock.asleep.wait()
    assert not call.done()
    clock.passes()
    response = await call
    pieces = response.body
    assert not isinstance(pieces, bytes)
    assert b"Once upon a " in await anext(pieces)
    gate.set()
    assert b"time." in b"".join([piece async for piece in pieces])


async def test_a_whole_answer_in_one_event_is_cut_like_any_other() -> None:
    text = "x" * 50_000 + f" {PROSE}"
    assert await told(streaming([text])) == (text, "stop")
    shown, finish = await told(streaming([f"{text} thunder6"]))
    assert (finish, text.startswith(shown)) == ("content_filter", True)


@pytest.mark.parametrize(("surface", "sign"), [("v1", "content_filter_error"), ("inference", None)])
async def test_a_stream_that_cannot_be_checked_any_more_breaks_where_it_is_to_fail_closed(
    surface: str, sign: str | None
) -> None:
    ledger = Ledger()
    screened = streaming(words(PROSE * 3), FilterConfig(on_error="closed"), metering=Metering(ledger))
    screened.classifier.fails_after = 20
    screened.classifier.failing = RuntimeError()
    response = await screened.post(surface, chat(stream=True))
    assert not isinstance(response.body, bytes)
    said = b""
    try:
        async for piece in response.body:
            said += piece
    except Hangup:
        assert sign is None
    assert b"The sun rose" in said
    assert (sign or "").encode() in said
    assert b"[DONE]" not in said
    assert ledger.last[0] == 503


async def test_or_goes_on_and_says_so_where_it_is_to_fail_open() -> None:
    screened = streaming(words(PROSE))
    screened.classifier.fails_after = 4
    screened.classifier.failing = RuntimeError()
    events = await events_of(await screened.post("v1", chat(stream=True)))
    choices = [choice for event in events for choice in event["choices"]]
    assert choices[1]["content_filter_results"]["violence"] == {"filtered": False, "severity": "safe"}
    assert choices[-1]["content_filter_results"]["error"]["code"] == "content_filter_error"
    assert choices[-1]["finish_reason"] == "stop"
    assert "".join(choice["delta"].get("content") or "" for choice in choices).strip() == PROSE.strip()


async def test_choices_are_stopped_one_by_one() -> None:
    both = [
        [text_chunk("Fine words, all of them, so far. "), text_chunk("Fine words, all of them, so far. ", 1)],
        [text_chunk("thunder6 "), text_chunk("sunshine ", 1)],
        [Chunk([ChunkChoice(Delta(), 1, "stop")])],
    ]
    events = await events_of(await streaming(both).post("v1", chat(stream=True, n=2)))
    finish: dict[int, str] = {}
    text = {0: "", 1: ""}
    for choice in (choice for event in events for choice in event["choices"]):
        text[choice["index"]] += choice["delta"].get("content") or ""
        if choice["finish_reason"]:
            finish[choice["index"]] = choice["finish_reason"]
    assert finish == {0: "content_filter", 1: "stop"}
    assert "sunshine" in text[1]
    assert "thunder" not in text[0]


async def test_tool_calls_and_usage_pass_unharmed_and_in_their_place() -> None:
    fragments = [
        ToolCallFragment(0, "call_1", FunctionFragment("f", "")),
        ToolCallFragment(0, None, FunctionFragment(None, '{"x": "sun')),
        ToolCallFragment(0, None, FunctionFragment(None, 'shine"}')),
    ]
    calls = [[Chunk([ChunkChoice(Delta(tool_calls=[each]))])] for each in fragments]
    options = {"stream_options": {"include_usage": True}}
    screened = streaming(["Let me ", "see.", *calls])
    events = await events_of(await screened.post("v1", chat(stream=True, **options)))
    assert events[-1]["usage"]["completion_tokens"] == 9
    deltas = [choice["delta"] for event in events for choice in event["choices"]]
    arguments = [delta["tool_calls"][0]["function"]["arguments"] for delta in deltas if "tool_calls" in delta]
    assert "".join(arguments) == '{"x": "sunshine"}'
    texts = [place for place, delta in enumerate(deltas) if delta.get("content")]
    assert max(texts) < next(place for place, delta in enumerate(deltas) if "tool_calls" in delta)


def calling(arguments: str, at: list[int]) -> list[list[Chunk]]:
    """The events of two calls, the arguments of the second in parts."""
    opened = [
        ToolCallFragment(0, "call_0", FunctionFragment("f", "{}")),
        ToolCallFragment(1, "call_1", FunctionFragment("g", "")),
    ]
    more = [ToolCallFragment(1, None, FunctionFragment(None, part)) for part in split(arguments, at)]
    return [[Chunk([ChunkChoice(Delta(tool_calls=[each]))])] for each in (*opened, *more)]


@pytest.mark.parametrize("mode", ["default", "asynchronous"])
@given(st.lists(st.integers(0, 900), max_size=30), st.integers(0, 800), st.booleans())
def test_arguments_of_tool_calls_get_the_same_verdict_however_they_are_split(
    mode: Any, at: list[int], place: int, harmful: bool
) -> None:
    value = f"{PROSE[:place]}thunder6{PROSE[place:800]}" if harmful else PROSE[:800]

    async def shown() -> None:
        screened = streaming(["Fine.", *calling(value, at)], FilterConfig(mode=mode))
        events = await events_of(await screened.post("v1", chat(stream=True)))
        choices = [choice for event in events for choice in event["choices"]]
        finish = [choice["finish_reason"] for choice in choices if choice["finish_reason"]]
        assert finish[-1] == ("content_filter" if harmful else "tool_calls")
        calls = [call for choice in choices for call in choice["delta"].get("tool_calls") or ()]
        arguments = {0: "", 1: ""}
        for call in calls:
            arguments[call["index"]] += call["function"].get("arguments") or ""
        assert value.startswith(arguments[1])
        if mode == "default":
            assert "thunder6" not in str(events)
        if not harmful:
            assert arguments == {0: "{}", 1: value}
            assert [call["id"] for call in calls if call.get("id")] == ["call_0", "call_1"]

    asyncio.run(shown())


async def test_a_call_that_is_stopped_in_its_middle_is_not_told_as_if_it_were_whole() -> None:
    screened = streaming(calling(f'{{"x": "{PROSE[:500]} thunder6"}}', [100, 300]))
    events = await events_of(await screened.post("inference", chat(stream=True)))
    assert events[-1]["choices"][0]["finish_reason"] == "content_filter"
    calls = [call for event in events for call in event["choices"][0]["delta"].get("tool_calls") or ()]
    assert calls == []


async def test_thoughts_are_checked_like_words() -> None:
    thought = [Chunk([ChunkChoice(Delta(reasoning_content="thunder6"))])]
    events = await events_of(await streaming([thought, "Fine."]).post("v1", chat(stream=True)))
    assert events[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert "thunder6" not in str(events)


async def test_an_answer_is_checked_again_as_a_whole() -> None:
    screened = streaming([PROSE])
    screened.classifier.wholes = "Then the bells"

    text, finish = await told(screened)
    assert (text, finish) == (PROSE, "content_filter")


@pytest.mark.parametrize("surface", PATHS)
async def test_an_upstream_whose_text_is_caught_is_let_go_and_metered_by_what_it_wrote(surface: str) -> None:
    ledger = Ledger()
    screened = streaming(["thunder6 " * 40, *words(PROSE)], metering=Metering(ledger))
    assert await told(screened, surface) == ("", "content_filter")
    assert screened.backend.closed
    status, asked, answered = ledger.last
    assert (status, asked) == (200, 1)
    # A little more than that has arrived by then.
    assert 90 <= answered < 90 + len(PROSE) // 4
    assert ledger.records[-1].estimated


async def test_a_caller_who_leaves_while_text_waits_closes_the_upstream_at_once() -> None:
    ledger = Ledger()
    begun, shown, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Endless(Canned):
        async def chat_stream(self, request: ChatRequest) -> Any:
            try:
                yield [text_chunk(PROSE)]
                yield [text_chunk("And ")]
                begun.set()
                await asyncio.Event().wait()
            finally:
                closed.set()

    screened = Screened(Endless(), sleep=Clock().sleep, metering=Metering(ledger))
    response = await screened.post("inference", chat(stream=True))
    assert not isinstance(response.body, bytes)
    pieces = response.body

    async def read() -> None:
        async with aclosing(pieces):
            async for _ in pieces:
                shown.set()

    reading = asyncio.create_task(read())
    await begun.wait()
    await shown.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert closed.is_set()
    assert ledger.records[-1].cancelled


@pytest.mark.parametrize("path", ["/models/completions", "/openai/v1/completions"])
async def test_streamed_text_completions_are_checked_too(path: str) -> None:
    class Completing(Canned):
        async def complete_stream(self, request: CompletionRequest) -> Any:
            yield [TextCompletion([TextChoice("All is fine here, and all was fine before. ")])]
            yield [TextCompletion([TextChoice("thunder6")])]
            yield [TextCompletion([TextChoice("", 0, "stop")], Usage(3, 2, 5))]

    response = await Screened(Completing()).post(path, {"model": "demo", "prompt": "a", "stream": True})
    choices = [choice for event in await events_of(response) for choice in event["choices"]]
    assert "".join(choice["text"] for choice in choices) == "All is fine here, and all was fine before. "
    assert choices[-1]["finish_reason"] == "content_filter"


async def test_a_streamed_response_that_is_caught_is_incomplete() -> None:
    body = {"model": "demo", "input": "Hi", "store": False, "stream": True}
    response = await streaming([PROSE, "thunder6 "]).post("/openai/v1/responses", body)
    assert not isinstance(response.body, bytes)
    told = b"".join([piece async for piece in response.body])
    assert b"event: response.incomplete" in told
    assert b"thunder" not in told


@pytest.mark.parametrize("screen", ["first", "parallel"])
async def test_a_stream_beside_its_prompts_check_is_stopped_before_any_event(screen: Any) -> None:
    ledger = Ledger()
    screened = streaming(["Hi."], FilterConfig(screen=screen), metering=Metering(ledger))
    refused = await screened.post("v1", chat("demo", "thunder6", stream=True))
    assert refused.status == 400
    asked = len(screened.backend.asked)
    assert (asked, ledger.last) == ((0, (400, 0, 0)) if screen == "first" else (1, (400, 2, 0)))
    assert screened.backend.closed is (screen == "parallel")


async def test_log_probabilities_stay_with_their_text() -> None:
    tokens = [[Chunk([ChunkChoice(Delta(content=word), logprobs={"content": word})])] for word in words(PROSE[:300])]
    events = await events_of(await streaming(tokens).post("v1", chat(stream=True, logprobs=True)))
    choices = [choice for event in events for choice in event["choices"]]
    told = [choice["logprobs"]["content"] for choice in choices if choice["logprobs"]]
    assert told == words(PROSE[:300])
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == "".join(told)
