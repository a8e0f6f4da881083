"""Server-Sent Events: whatever the stream looks like and wherever it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zaffre.net.failures import Broken
from zaffre.net.sse import EVENT_LIMIT, EventDecoder


def decoded(stream: bytes) -> list[bytes]:
    decoder = EventDecoder()
    return decoder.feed(stream) + decoder.end()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"", []),
        (b'data: {"a":1}\n\ndata: [DONE]\n\n', [b'{"a":1}', b"[DONE]"]),
        (b"data:a\n\ndata:  b\n\n", [b"a", b" b"]),
        (b"data: a\r\n\r\ndata: b\r\r" + b"data: c\r\n\n", [b"a", b"b", b"c"]),
        (b": ping\n\n:\n\ndata: a\n: within\n\n", [b"a"]),
        (b"event: x\nid: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [b"YHOO\n+2\n10"]),
        (b"data\n\ndata\ndata\n\ndata:", [b"", b"\n"]),
        (b"data:test\n\ndata: test\n\n", [b"test", b"test"]),
        (b"\n\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\ndata: \xef\xbb\xbf\n\n", [b"a", b"\xef\xbb\xbf"]),
        (b"data: a: b\n\n", [b"a: b"]),
        (b"database: a\n\n data: b\n\nDATA: c\n\n", []),
        (b"event: only\n\ndata: a\n\n", [b"a"]),
        ("data: grüß\n\n".encode(), ["grüß".encode()]),
        (b"data: \n\n", [b""]),
    ],
    ids=["nothing", "usual", "spaces", "line-ends", "comments", "other-fields", "many-lines", "no-colon", "one-space",
         "blank-lines", "byte-order-mark", "colons", "other-names", "no-data", "utf-8", "empty"],
)  # fmt: skip
def test_events_are_told_by_the_standards_rules(stream: bytes, events: list[bytes]) -> None:
    assert decoded(stream) == events


@pytest.mark.parametrize(
    "tail", [b"data: b", b"data: b\n", b"data: b\r", b"data: b\r\n", b": c\ndata: b", b"data: b\n\n"]
)
def test_a_last_event_without_its_blank_line_still_counts(tail: bytes) -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: a\n\n" + tail) + decoder.end() == [b"a", b"b"]
    assert decoder.end() == []


def test_half_a_last_line_is_no_event() -> None:
    for tail in (b"d", b"data", b"data:", b"event: x\n", b": pi"):
        assert decoded(b"data: a\n\n" + tail) == [b"a"]


def test_what_is_no_event_can_be_looked_at() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b'data: a\n\n{"no":') + decoder.feed(b'"event"}') == [b"a"]
    assert decoder.rest == b'{"no":"event"}'
    assert decoder.end() == []


def test_events_come_as_soon_as_their_blank_line_does() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: a\n") == []
    assert decoder.feed(b"\ndata: b\n\nda") == [b"a", b"b"]
    assert decoder.feed(b"ta: c\r") == []
    assert decoder.feed(b"\n\r") == [b"c"]
    assert decoder.feed(b"\ndata: d\r\r") == [b"d"]


def test_names_come_with_the_data_for_those_who_need_them() -> None:
    decoder = EventDecoder()
    stream = (
        b"event: message_start\ndata: {}\n\nevent: ping\nevent:pong\ndata: a\ndata: b\n\ndata: c\n\nevent: end\ndata: d"
    )
    assert decoder.feed_named(stream) == [(b"message_start", b"{}"), (b"pong", b"a\nb"), (b"", b"c")]
    assert decoder.end_named() == [(b"end", b"d")]


def test_an_event_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    decoder = EventDecoder()
    piece = b"x" * (1024 * 1024)
    for _ in range(EVENT_LIMIT // len(piece)):
        assert decoder.feed(piece) == []
    with pytest.raises(Broken, match="event is larger"):
        decoder.feed(b"x")


def test_large_events_in_small_pieces_are_put_together() -> None:
    decoder = EventDecoder()
    pieces = [b"data: ", *[b"x" * 1000] * 5000, b"\n\ndata: y\n\n"]
    events = [event for piece in pieces for event in decoder.feed(piece)]
    assert [len(event) for event in events] == [5_000_000, 1]


line_ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
texts = st.text("ab{}:é€😀 ", max_size=12).map(str.encode)
lines = st.one_of(
    texts.map(lambda text: b"data: " + text),
    texts.map(lambda text: b"data:" + text),
    texts.map(lambda text: b": " + text),
    texts.map(lambda text: b"event: " + text),
    st.sampled_from([b"", b"", b"", b"data", b"id: 1", b"retry: 5", b"other"]),
)
streams = st.builds(
    lambda mark, parts: mark + b"".join(line + end for line, end in parts),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(lines, line_ends), max_size=30),
)


@settings(max_examples=200, deadline=None)
@given(streams, st.lists(st.integers(0, 400), max_size=12))
def test_a_stream_cut_anywhere_has_the_same_events(stream: bytes, places: list[int]) -> None:
    at = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    plain, named = EventDecoder(), EventDecoder()
    events, pairs = [], []
    for start, end in pairwise(at):
        events += plain.feed(stream[start:end])
        pairs += named.feed_named(stream[start:end])
    events += plain.end()
    pairs += named.end_named()
    assert events == decoded(stream)
    assert [data for _, data in pairs] == events


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(texts.filter(bool), line_ends), max_size=10))
def test_what_was_put_in_comes_out(events: list[tuple[bytes, bytes]]) -> None:
    stream = b"".join(b"data: " + text + end + end for text, end in events)
    assert decoded(stream) == [text for text, _ in events]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_at_all_decode_to_something(pieces: list[bytes]) -> None:
    decoder = EventDecoder()
    for piece in pieces:
        assert all(b"\r" not in event for event in decoder.feed(piece))
    decoder.end()
