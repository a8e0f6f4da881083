"""The same bytes, read by our decoder, by the standard's algorithm word for word, and by the openai package."""

import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from tests.net.in_memory import cut
from zaffre.net.sse import EventDecoder

MANY = settings(max_examples=400, deadline=None)
Events = list[tuple[bytes, bytes]]


def ours(pieces: Sequence[bytes]) -> tuple[Events, Events]:
    """Names and data: of events with their blank line, and of a last one without."""
    decoder = EventDecoder()
    complete = [event for piece in pieces for event in decoder.feed_named(piece)]
    return complete, decoder.end_named()


def data_alone(pieces: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    decoder = EventDecoder()
    complete = [event for piece in pieces for event in decoder.feed(piece)]
    return complete, decoder.end()


def standard(stream: bytes) -> Events:
    """https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6; the text is left undecoded."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    lines = re.split(rb"\r\n|\n|\r", stream)[:-1]  # what has no line end is no line
    events: Events = []
    data, event_type = b"", b""
    for line in lines:
        if not line:
            if data:
                events.append((event_type, data.removesuffix(b"\n")))
            data, event_type = b"", b""
        elif line.startswith(b":"):
            continue
        else:
            field, value = line, b""
            if b":" in line:
                field, value = line.split(b":", 1)
                value = value.removeprefix(b" ")
            if field == b"event":
                event_type = value
            elif field == b"data":
                data += value + b"\n"
    return events


def openais(stream: bytes) -> Events:
    """What the openai package reads. It tells of events without data, too: those are left out."""
    read = [event for event in SSEDecoder().iter_bytes(iter([stream])) if event.data]
    return [((event.event or "").encode(), event.data.encode()) for event in read]


line_ends = st.sampled_from([b"\n", b"\n", b"\r\n", b"\r\n", b"\r"])
values = st.sampled_from(
    [b"a", b"", b" ", b"  b", b"a:b", b":", b"{}", b"[DONE]", b"\0", b"\xff\xfe", b"\xc3", b"\x0b", b"\x0c", b"\x1c",
     b"x" * 3000, "€".encode(), "\ufeff".encode(), "\u2028".encode(), "\x85".encode()]
)  # fmt: skip
names = st.sampled_from(
    [b"data"] * 8 + [b"\xef\xbb\xbfdata", b"event", b"event", b"id", b"retry", b"DATA", b" data", b"data ", b"dat", b""]
)
lines = st.one_of(
    st.builds(b"%b:%b%b".__mod__, st.tuples(names, st.sampled_from([b" ", b" ", b""]), values)),
    st.builds(b"%b:%b%b".__mod__, st.tuples(names, st.sampled_from([b" ", b" ", b""]), values)),
    names,
    st.just(b""),
    st.just(b""),
    values,
)
streams = st.builds(
    lambda mark, parts, missing: (mark + b"".join(line + end for line, end in parts))[: -missing or None],
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb"]),
    st.lists(st.tuples(lines, line_ends), max_size=20),
    st.integers(0, 3),
)
places = st.lists(st.integers(0, 400), max_size=12)


def compare(stream: bytes, places: Sequence[int]) -> None:
    pieces = cut(stream, places)
    complete, last = ours(pieces)
    assert complete == standard(stream)
    # Many servers close without the last blank line: that event counts, unless its data was still to come.
    finished = standard(stream + b"\n\n")
    assert last == [event for event in finished[len(complete) :] if event[1]]
    assert data_alone(pieces) == ([data for _, data in complete], [data for _, data in last])


@MANY
@given(streams, places)
def test_events_are_the_standards_wherever_the_bytes_are_cut(stream: bytes, places: list[int]) -> None:
    compare(stream, places)


@settings(max_examples=100, deadline=None)
@given(streams)
def test_events_are_the_standards_where_every_byte_comes_alone(stream: bytes) -> None:
    compare(stream, range(len(stream)))


texts = st.text("ab {}:€\u2028\x85", max_size=12).map(str.encode)
sound = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from([b"data: ", b"data:", b"event: ", b": "]), texts), min_size=1), line_ends
    )
)


@settings(max_examples=150, deadline=None)
@given(sound, places)
def test_sound_streams_are_read_as_the_openai_package_does(
    events: list[tuple[list[tuple[bytes, bytes]], bytes]], places: list[int]
) -> None:
    stream = b"".join(b"".join(name + text + end for name, text in event) + end for event, end in events)
    complete, last = ours(cut(stream, places))
    assert [event for event in complete if event[1]] == openais(stream)
    assert last == []
