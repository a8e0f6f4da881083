"""What holds for every answer, however it comes."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.services.responses.asking import (
    call,
    end,
    events_of,
    refused,
    response_of,
    said,
    text,
    thought,
    usage,
    writer,
)
from zaffre.core.chat import (
    AnswerMessage,
    Choice,
    Chunk,
    Completion,
    FunctionCall,
    ToolCall,
    Usage,
)
from zaffre.core.errors import UpstreamError
from zaffre.services.responses.events import Writer, chunk_of

WORDS = st.text(min_size=1, max_size=12)
ARGUMENTS = st.sampled_from(["", "{}", '{"city":"Oslo"}', '{"a":[1,2,{"b":"c"}]}', '{"cut":'])
CALLS = st.lists(st.tuples(st.sampled_from(["f", "get_weather"]), ARGUMENTS), max_size=3)
FINISHES = st.sampled_from(["stop", "length", "tool_calls", "content_filter"])


@st.composite
def answers(draw: st.DrawFn) -> Completion:
    """Whole answers: a thought, a text, a refusal and calls, each of them or not."""
    calls = [
        ToolCall(f"call_{place}", FunctionCall(name, arguments)) for place, (name, arguments) in enumerate(draw(CALLS))
    ]
    message = AnswerMessage(
        content=draw(st.none() | WORDS),
        tool_calls=calls or None,
        reasoning_content=draw(st.none() | WORDS),
        refusal=draw(st.none() | WORDS),
    )
    return Completion([Choice(message, 0, draw(FINISHES))], Usage(1, 2, 3))


@st.composite
def told(draw: st.DrawFn, answer: Completion) -> list[Chunk]:
    """The answer as a stream tells it: cut anywhere."""
    message = answer.choices[0].message
    chunks: list[Chunk] = []
    for words, make in ((message.reasoning_content, thought), (message.content, text), (message.refusal, refused)):
        chunks += [make(piece) for piece in draw(cut(words or ""))]
    for place, each in enumerate(message.tool_calls or ()):
        chunks.append(call(place, "", each.function.name, each.id))
        chunks += [call(place, piece) for piece in draw(cut(each.function.arguments))]
    return [*chunks, end(answer.choices[0].finish_reason or "stop"), usage(1, 2)]


def cut(words: str) -> st.SearchStrategy[list[str]]:
    places = st.lists(st.integers(0, len(words)), max_size=4).map(lambda found: [0, *sorted(found), len(words)])
    return places.map(lambda found: [words[start:stop] for start, stop in pairwise(found) if start < stop])


@st.composite
def streams(draw: st.DrawFn) -> list[Chunk]:
    """Anything in any order, as no model would say it."""
    piece = st.one_of(
        WORDS.map(text),
        WORDS.map(thought),
        WORDS.map(refused),
        st.builds(call, st.integers(0, 2), st.none() | WORDS, st.none() | st.just("f"), st.none() | st.just("call_1")),
        FINISHES.map(end),
        st.just(Chunk()),
    )
    return draw(st.lists(piece, max_size=12))


def batches(draw: st.DrawFn, chunks: list[Chunk]) -> Iterable[list[Chunk]]:
    places = [0, *sorted(draw(st.lists(st.integers(0, len(chunks)), max_size=4))), len(chunks)]
    return [chunks[start:stop] for start, stop in pairwise(places)]


@given(st.data())
def test_a_streamed_answer_adds_up_to_the_whole_one(data: st.DataObject) -> None:
    answer = data.draw(answers())
    whole, streamed = writer(), writer()
    events_of([chunk_of(answer)], whole)
    events_of(data.draw(told(answer)), streamed)
    assert response_of(streamed) == response_of(whole)


@given(st.data())
def test_what_arrives_together_makes_no_difference(data: st.DataObject) -> None:
    chunks = data.draw(streams())
    cutting = writer()
    events = cutting.begin()
    for batch in batches(data.draw, chunks):
        events += cutting.write(batch)
    events += cutting.end()
    assert events == events_of(chunks)


@given(streams())
def test_the_numbers_have_no_gaps(chunks: list[Chunk]) -> None:
    events = events_of(chunks)
    assert [event.number for event in events] == list(range(len(events)))
    assert [event["sequence_number"] for event in said(events)] == list(range(len(events)))
    assert [event["type"] for event in said(events)] == [event.type for event in events]


@given(streams())
def test_the_events_add_up_to_the_object(chunks: list[Chunk]) -> None:
    events = said(events_of(chunks))
    assert added_up(events) == events[-1]["response"]["output"]


@given(streams(), st.sampled_from(["end", "fail", "cancel"]))
def test_nothing_stays_open(chunks: list[Chunk], how: str) -> None:
    writing = writer()
    writing.begin()
    writing.write(chunks)
    finish(writing, how)
    assert all(item["status"] in ("completed", "incomplete") for item in response_of(writing)["output"])


def finish(writing: Writer, how: str) -> None:
    if how == "fail":
        writing.fail(UpstreamError())
    else:
        getattr(writing, how)()


def added_up(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The output as a client has it that trusts nothing but the deltas, and the ends of the items.

    On the way: an item is added before all else is said of it, under the same id; what is said to be done is what the
    deltas were.
    """
    items: dict[int, dict[str, Any]] = {}
    growing: dict[tuple[Any, ...], str] = {}
    for event in events:
        kind = event["type"].removeprefix("response.")
        index = event.get("output_index")
        if kind == "output_item.added":
            assert index == len(items)
            items[index] = event["item"]
        elif kind == "output_item.done":
            assert items[index]["id"] == event["item"]["id"]
            assert items[index]["status"] == "in_progress"
            items[index] = event["item"]
        elif index is not None:
            assert event["item_id"] == items[index]["id"]
            key = (index, event.get("content_index"), event.get("summary_index"))
            if kind.endswith(".delta"):
                growing[key] = growing.get(key, "") + event["delta"]
            elif kind.endswith(("_text.done", "refusal.done", "arguments.done")):
                done = next(event[name] for name in ("text", "refusal", "arguments") if name in event)
                assert done == growing.get(key, "")
    return [items[index] for index in sorted(items)]
