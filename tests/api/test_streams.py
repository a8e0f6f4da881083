"""Whatever a backend's events are, and however they arrive: a stream that the strictest published reader takes."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from tests.e2e_upstream.reader import Stream, read
from zaffre.api.inference.stream import ChatStream
from zaffre.core.chat import (
    Chunk,
    ChunkChoice,
    Delta,
    FunctionFragment,
    StreamOptions,
    ToolCallFragment,
    Usage,
)

texts = st.none() | st.text(max_size=4)
finishes = st.none() | st.sampled_from(["stop", "length", "content_filter", "tool_calls"])
logprobs = st.none() | st.just(Raw(b'{"content":[]}'))
usages = st.none() | st.builds(
    lambda prompt, said: Usage(prompt, said, prompt + said), st.integers(1, 9), st.integers(0, 9)
)


@st.composite
def choices(draw: Any) -> ChunkChoice:
    delta = Delta(draw(texts), None, draw(texts), draw(texts))
    return ChunkChoice(delta, draw(st.integers(0, 1)), draw(finishes), draw(logprobs))


chunks = st.builds(Chunk, st.lists(choices(), max_size=2), usages)
calls = st.lists(st.lists(st.text('{}": a', max_size=4), min_size=1, max_size=3), min_size=1, max_size=3)


def streamed(chunks: list[Chunk], sizes: list[int], asked: bool) -> Stream:
    """The chunks in batches of these sizes, the rest in one more."""
    writer = ChatStream("m", StreamOptions(include_usage=True) if asked else None)
    waiting, body = chunks, b""
    for size in sizes:
        body, waiting = body + writer.write(waiting[:size]), waiting[size:]
    return read(body + writer.write(waiting) + writer.end(), "m", usage_asked=asked)


def joined(chunks: list[Chunk], index: int, name: str) -> str:
    found = [getattr(choice.delta, name) for chunk in chunks for choice in chunk.choices if choice.index == index]
    return "".join(filter(None, found))


@given(st.lists(chunks, max_size=8), st.lists(st.integers(0, 3), max_size=4), st.booleans())
@example([], [], False)
@example([Chunk([ChunkChoice(Delta("a", refusal="b"), 0, "stop")]), Chunk([ChunkChoice(Delta("c"))])], [1], True)
def test_any_text_is_told_whole_within_the_rules(sent: list[Chunk], sizes: list[int], asked: bool) -> None:
    # A total of nothing is for the gateway to mend, which estimates a usage that nobody told.
    sent = [*sent, Chunk(usage=Usage(3, 2, 5))]
    read = streamed(sent, sizes, asked)
    for index, choice in read.choices.items():
        assert choice.text == joined(sent, index, "content")
        assert choice.reasoning == joined(sent, index, "reasoning_content")
        assert choice.refusal == joined(sent, index, "refusal")
        reasons = [said.finish_reason for chunk in sent for said in chunk.choices if said.index == index]
        last = next((reason for reason in reversed(reasons) if reason), "stop")
        assert choice.finish == ("stop" if last == "tool_calls" else last), "there is no call to end it"
    assert read.choices.keys() == {choice.index for chunk in sent for choice in chunk.choices} or {0}
    assert read.usage == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


@given(calls, texts, st.randoms(), st.lists(st.integers(0, 3), max_size=4), st.booleans())
def test_calls_in_fragments_are_told_whole_in_their_order(
    calls: list[list[str]], text: str | None, chance: Any, sizes: list[int], asked: bool
) -> None:
    """Fragments of several calls may mix, as long as each call's own come in order."""
    turns = [index for index, pieces in enumerate(calls) for _ in pieces]
    chance.shuffle(turns)
    left = [iter(pieces) for pieces in calls]
    begun: list[int] = []
    sent = [Chunk([ChunkChoice(Delta(text))])]
    for index in turns:
        first = index not in begun
        begun += [index] * first
        head = (f"id-{index}", f"f{index}") if first else (None, None)
        fragment = ToolCallFragment(index, head[0], FunctionFragment(head[1], next(left[index])))
        sent.append(Chunk([ChunkChoice(Delta(tool_calls=[fragment]))]))
    sent.append(Chunk([ChunkChoice(Delta(), 0, "stop")], Usage(1, 1, 2)))
    stream = streamed(sent, sizes, asked)
    assert stream.calls == [(f"id-{index}", f"f{index}", "".join(calls[index]) or "{}") for index in begun]
    assert (stream.finish, stream.text) == ("tool_calls", text or "")
