"""Runs of plain text are read as one, and say what their events would have said one by one."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zaffre.core.chat import Chunk, ChunkChoice, Delta, TextRun
from zaffre.core.errors import UpstreamError
from zaffre.net.sse import EventDecoder
from zaffre.providers import PROVIDERS
from zaffre.providers.codec import ErrorInBody

CHAT: Any = PROVIDERS["openai-compatible"].chat


def event(content: str | None, **more: Any) -> bytes:
    said = {"index": 0, "delta": {} if content is None else {"content": content}, "finish_reason": None}
    chunk = {"id": "c-1", "object": "chat.completion.chunk", "model": "m", "choices": [{**said, **more}]}
    return b"data: %b\n\n" % json.dumps(chunk, separators=(",", ":"), ensure_ascii=False).encode()


ROLE = b'data: {"id":"c-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
END = event(None, finish_reason="stop") + b"data: [DONE]\n\n"
OTHERS = (
    ROLE,
    b": keep-alive\n\n",
    b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n',
    event("of the second choice", index=1),
    event("with chances", logprobs={"content": []}),
    event(None, delta={"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]}),
    event("kept", delta={"content": "kept", "reasoning": "thought"}),
    event("written otherwise").replace(b'"m"', b'"n"'),
    event("obscured").replace(b"}]}", b'}],"obfuscation":"abcdef"}'),
    event("spaced").replace(b":", b": ").replace(b",", b", "),
    event("over two lines").replace(b',"choices"', b',\ndata: "choices"'),
    b"event: message\n" + event("named"),
    b"data: 1\n" + event("second line"),
    event('a","b'),
    event("QUOTED").replace(b"QUOTED", b'a","b'),
    event("ESCAPED").replace(b"ESCAPED", b"\\"),
    event("CUT").replace(b"CUT", b"\\ud83d"),
    event("CUT").replace(b"CUT", b"\xf0\x9f"),
    event("END").replace(b"END", b"\\ude00"),
    event("END").replace(b"END", b"\x98\x80"),
    b'data: {"error":{"message":"no","code":429}}\n\n',
    b'data: {"choices":[{"message":{"content":"whole"}}]}\n\n',
    b"data: [DONE]\n\n",
)


def said(events: list[Chunk]) -> list[Any]:
    """What chunks say, each text of a run by itself, without those that say nothing."""
    apart: list[Chunk] = []
    for chunk in events:
        if isinstance(chunk, TextRun):
            texts = [json.loads(b'"%b"' % piece) for piece in chunk.pieces]
            assert chunk.choices == [ChunkChoice(Delta("".join(texts)))]
            apart += [Chunk([ChunkChoice(Delta(text))]) for text in texts]
        else:
            apart.append(chunk)
    return [plain for chunk in apart if (plain := _without_nothing(json.loads(msgspec.json.encode(chunk)))) != NOTHING]


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nothing(inner) for name, inner in value.items() if inner is not None and inner != ""}
    return [_without_nothing(inner) for inner in value] if isinstance(value, list) else value


NOTHING = {"choices": [{"delta": {}, "index": 0}]}


def read(decoder: Any, text: bytes, *, by_runs: bool) -> list[Any] | str:
    events = EventDecoder()
    try:
        return said(decoder.read(text) if by_runs else decoder.feed(events.feed(text)))
    except (ErrorInBody, UpstreamError) as error:
        return repr(error)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4).map(event)


@given(
    st.lists(st.one_of(texts, texts, st.sampled_from(OTHERS)), max_size=12), st.lists(st.integers(0, 12), max_size=4)
)
@example([b'data: {"error":{"message":"no","code":429}}\n\n', event("0"), b"data: [DONE]\n\n"], [])
@settings(max_examples=400, deadline=None)
def test_a_run_says_what_its_events_say_one_by_one(events: list[bytes], cuts: list[int]) -> None:
    runs, one_by_one = CHAT.decoder(), CHAT.decoder()
    for start, end in pairwise([0, *sorted(cuts), len(events)]):
        text = b"".join(events[start:end])
        expected = read(one_by_one, text, by_runs=False)
        assert read(runs, text, by_runs=True) == expected
        assert (runs.over, runs.complete) == (one_by_one.over, one_by_one.complete)
        if isinstance(expected, str) or runs.over:
            return


@pytest.mark.parametrize("head", [b"", ROLE, ROLE + b": keep-alive\n\n"])
def test_texts_that_arrive_together_are_one_run(head: bytes) -> None:
    decoder = CHAT.decoder()
    chunks = decoder.read(head + b"".join(map(event, ("Grüße", " 😀", ' "\n"'))) + END)
    runs = [chunk for chunk in chunks if isinstance(chunk, TextRun)]
    assert [run.pieces for run in runs] == [["Grüße".encode(), " 😀".encode(), b' \\"\\n\\"']]
    assert decoder.over


def test_a_form_that_changes_is_learned_again() -> None:
    decoder = CHAT.decoder()
    for number in range(20):
        text = b"".join(map(event, ("a", "b"))).replace(b"c-1", b"c-%d" % number)
        (run,) = decoder.read(text) or [None]
        assert isinstance(run, TextRun)
        assert decoder.read(text) == [run]


def test_a_form_that_no_other_event_has_is_not_looked_for_for_ever() -> None:
    decoder = CHAT.decoder()
    kinds = [decoder.read(event("a").replace(b"c-1", b"c-%d" % number)) for number in range(20)]
    assert isinstance(kinds[0][0], TextRun)
    assert not isinstance(kinds[-1][0], TextRun)
    assert [said(chunks) for chunks in kinds] == [said(kinds[0])] * 20
