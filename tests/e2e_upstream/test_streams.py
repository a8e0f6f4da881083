"""What an upstream streams, however it writes it, and what the caller reads: always the same clean stream.

Each row is an upstream's way of writing and what has to come out. `read` in `gateway.stream` checks every rule of
the API's streams; the rows say what is left: text, calls, finish reason and usage.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import Struct

from tests.e2e_upstream.conftest import Gateway
from tests.e2e_upstream.upstream import CLOSE, Upstream
from tests.e2e_upstream.wire import (
    DONE,
    USAGE,
    begun,
    byte_by_byte,
    call,
    chunk,
    completion,
    delta,
    event,
    finish,
    stream,
    stream_head,
    usage,
    whole,
    words,
)

HELLO = words("Grüße", " 😀", "!")
END = [finish(), usage(), DONE]
PLAIN = b"".join(map(event, [*HELLO, finish(), usage()])) + DONE
CITY = '{"city": "Köln"}'


class Told(Struct):
    """A row: what the upstream sends, and what the caller reads."""

    steps: Sequence[Any]
    text: str = "Grüße 😀!"
    finish: str = "stop"
    usage_comes: bool = True
    """Else the gateway counts itself."""
    calls: Sequence[tuple[str, str, str]] = ()
    reasoning: str = ""
    refusal: str = ""


def told(*pieces: Any, **expected: Any) -> Told:
    """Pieces of one well-framed stream."""
    return Told([stream(*pieces)], **expected)


def called(*fragments: Any, calls: Sequence[tuple[str, str, str]] = (("c1", "weather", CITY),), **more: Any) -> Told:
    """A tool answer."""
    return told(*fragments, finish("tool_calls"), *END[1:], text="", finish="tool_calls", calls=calls, **more)


def with_choice(**fields: Any) -> dict[str, Any]:
    """The first words in a choice with such fields."""
    first = delta(content="Grüße")
    first["choices"][0] |= fields
    return first


FRAMING = {
    "as published": told(delta(role="assistant", content=""), *HELLO, *END),
    "every byte a packet": Told(list(byte_by_byte(PLAIN))),
    "everything in one chunk": told(PLAIN),
    "a character in two chunks": told(PLAIN[: PLAIN.index("😀".encode()) + 2], PLAIN[PLAIN.index("😀".encode()) + 2 :]),
    "carriage returns and newlines": told(PLAIN.replace(b"\n", b"\r\n")),
    "carriage returns alone": told(PLAIN.replace(b"\n", b"\r")),
    "carriage returns and newlines byte by byte": Told(list(byte_by_byte(PLAIN.replace(b"\n", b"\r\n")))),
    "comments": told(b": keep-alive\n\n:\n\n", HELLO[0], b": OPENROUTER PROCESSING\n\n", *HELLO[1:], *END),
    "a comment inside an event": told(b": here it comes\n" + event(HELLO[0]), *HELLO[1:], *END),
    "names, ids and retry times": told(b"retry: 5\nid: 1\nevent: message\n" + event(HELLO[0]), *HELLO[1:], *END),
    "pings": told(b"event: ping\ndata: {}\n\n", HELLO[0], b'event: ping\ndata: {"type": "ping"}\n\n', *HELLO[1:], *END),
    "empty data as a ping": told(b"data:\n\n", HELLO[0], b"data: \n\n", b"data\n\n", *HELLO[1:], *END),
    "no space after the colon": told(PLAIN.replace(b"data: ", b"data:")),
    "a byte order mark": told(b"\xef\xbb\xbf" + PLAIN),
    "JSON over several lines": told(event(HELLO[0]).replace(b'{"id"', b'{\ndata: "id"'), *HELLO[1:], *END),
    "no blank line at the end": told(PLAIN[:-2]),
    "more blank lines than needed": told(PLAIN.replace(b"\n\n", b"\n\n\n\n")),
    "trailers": Told([begun(PLAIN) + b"0\r\nx-checksum: 1\r\n\r\n"]),
    "chunk extensions": Told([stream_head() + b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(PLAIN), PLAIN)]),
    "a length instead of chunks": Told([whole(PLAIN, content_type="text/event-stream")]),
    "an early hint before it": Told([b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + stream(PLAIN)]),
    "another content type": Told([stream_head(content_type="application/octet-stream") + chunk(PLAIN) + chunk(b"")]),
    "a parameter of the content type": Told(
        [stream_head(content_type="text/event-stream; charset=utf-8") + chunk(PLAIN) + chunk(b"")]
    ),
    "half of a surrogate pair": told(
        delta(content="Grüße 😀"), b'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n', *END,
        text="Grüße 😀\ufffd",
    ),
    "bytes that are no character": told(
        b'data: {"choices":[{"delta":{"content":"a\xff"}}]}\n\n', *END, text="a\ufffd"
    ),
}  # fmt: skip

FIELDS = {
    "vendors' own fields": told(
        *(
            piece | {"x_groq": {"id": "1"}, "service_tier": "on_demand", "provider": "DeepInfra", "obfuscation": "aB3"}
            for piece in HELLO
        ),
        finish(x_groq={"usage": USAGE}), *END[1:],
    ),
    "usage in every event": told(
        *(piece | {"usage": {"prompt_tokens": 7, "completion_tokens": n}} for n, piece in enumerate(HELLO)), *END
    ),
    "usage null in every event": told(*(piece | {"usage": None} for piece in HELLO), *END),
    "usage with the finish": told(*HELLO, finish(usage=USAGE), DONE),
    "usage before the finish": told(*HELLO, usage(), finish(), DONE),
    "usage as floats": told(*HELLO, finish(usage={n: float(v) for n, v in USAGE.items()}), DONE),
    "usage without a total": told(*HELLO, finish(usage={"prompt_tokens": 7, "completion_tokens": 3}), DONE),
    "no usage": told(*HELLO, finish(), DONE, usage_comes=False),
    "usage of nothing": told(*HELLO, finish(usage={}), DONE, usage_comes=False),
    "usage of zeros": told(*HELLO, finish(usage=dict.fromkeys(USAGE, 0)), DONE, usage_comes=False),
    "choices null": told({"choices": None}, *HELLO, finish(), usage(choices=None), DONE),
    "choices missing": told({"id": "x"}, *HELLO, finish(), {"usage": USAGE}, DONE),
    "content null": told(delta(role="assistant", content=None), *HELLO, *END),
    "the role in every event": told(*(delta(role="assistant", content=c) for c in ("Grüße", " 😀", "!")), *END),
    "a delta null": told(with_choice(delta=None), *HELLO, *END),
    "a delta missing": told({"choices": [{"index": 0, "finish_reason": None}]}, *HELLO, *END),
    "a message for a delta": told(with_choice(delta=None, message={"content": "Grüße"}), *HELLO[1:], *END),
    "index missing": told({"choices": [{"delta": {"content": "Grüße"}}]}, *HELLO[1:], *END),
    "content in parts": told(delta(content=[{"type": "text", "text": "Grüße"}]), *HELLO[1:], *END),
    "content filter results first": told({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}, *HELLO, *END),
    "an error that is null": told(HELLO[0] | {"error": None}, *HELLO[1:], *END),
    "reasoning_content": told(
        delta(content=None, reasoning_content="Hm, "), delta(reasoning_content="so."), *HELLO, *END, reasoning="Hm, so."
    ),
    "reasoning": told(delta(content="", reasoning="Hm, "), delta(reasoning="so."), *HELLO, *END, reasoning="Hm, so."),
    "both names of reasoning": told(delta(reasoning="Hm.", reasoning_content="Hm."), *HELLO, *END, reasoning="Hm."),
    "a refusal": told(delta(content=None, refusal="I can"), delta(refusal="not."), *END, text="", refusal="I cannot."),
    "nothing but an end": told(finish(), usage(), DONE, text=""),
    "not a stream but a whole answer": Told([whole(completion({"content": "Grüße 😀!"}))]),
}  # fmt: skip

ENDS = {
    "no [DONE]": told(*HELLO, finish(), usage()),
    "no finish_reason": told(*HELLO, usage(), DONE),
    "finish_reason empty until the end": told(
        *(with_choice(delta={"content": c}, finish_reason="") for c in ("Grüße", " 😀", "!")), *END
    ),
    "finish_reason empty for good": told(with_choice(finish_reason=""), *HELLO[1:], finish(""), usage(), DONE),
    "eos": told(*HELLO, finish("eos"), usage(), DONE),
    "end_turn": told(*HELLO, finish("end_turn"), usage(), DONE),
    "max_tokens": told(*HELLO, finish("max_tokens"), usage(), DONE, finish="length"),
    "SAFETY": told(*HELLO, finish("SAFETY"), usage(), DONE, finish="content_filter"),
    "an unknown word": told(*HELLO, finish("because"), usage(), DONE),
    "the finish in the last words": told(
        *HELLO[:2], with_choice(delta={"content": "!"}, finish_reason="stop"), *END[1:]
    ),
    "finish_reason twice": told(*HELLO, finish(), finish(), *END[1:]),
    "[DONE] twice": told(*HELLO, *END, DONE),
    "something after [DONE]": told(*HELLO, *END, b": bye\n\n", event({"x": 1})),
    "[DONE] without its blank line": told(*HELLO, finish(), usage(), DONE[:-2]),
    "[DONE] with spaces": told(*HELLO, finish(), usage(), b"data:  [DONE] \n\n"),
    "a break after the finish": Told([begun(*HELLO, finish(), usage()), CLOSE]),
}  # fmt: skip

TWO = [("c1", "weather", CITY), ("c2", "time", "{}")]
CALLS = {
    "in fragments": called(
        delta(role="assistant", content=None), call(id="c1", name="weather", arguments=""),
        call(arguments='{"city"'), call(arguments=': "Köln"}'),
    ),
    "whole": called(call(id="c1", name="weather", arguments=CITY)),
    "whole, with the finish": told(
        {"choices": [call(id="c1", name="weather", arguments=CITY)["choices"][0] | {"finish_reason": "tool_calls"}]},
        usage(), DONE, text="", finish="tool_calls", calls=[("c1", "weather", CITY)],
    ),
    "without an index": called(call(None, id="c1", name="weather", arguments=CITY)),
    "two without an index": called(
        call(None, id="c1", name="weather", arguments=CITY), call(None, id="c2", name="time", arguments="{}"), calls=TWO
    ),
    "two, side by side": called(
        call(0, id="c1", name="weather", arguments=""), call(1, id="c2", name="time", arguments=""),
        call(0, arguments='{"city": '), call(1, arguments="{}"), call(0, arguments='"Köln"}'), calls=TWO,
    ),
    "two, both numbered 0, in fragments": called(
        call(0, id="c1", name="weather", arguments='{"city": '), call(0, arguments='"Köln"}'),
        call(0, id="c2", name="time", arguments="{"), call(0, arguments="}"), calls=TWO,
    ),
    "the id in every fragment": called(
        call(id="c1", name="weather", arguments='{"city": '), call(id="c1", arguments='"Köln"}')
    ),
    "id and name in every fragment": called(
        call(id="c1", name="weather", arguments='{"city": '), call(id="c1", name="weather", arguments='"Köln"}')
    ),
    "another id in every fragment": called(
        call(id="c1", name="weather", arguments='{"city": '), call(id="x2", arguments='"Köln"}')
    ),
    "empty ids and names after the first": called(
        call(id="c1", name="weather", arguments='{"city": '), call(id="", name="", arguments='"Köln"}')
    ),
    "arguments as an object": called(
        call(id="c1", name="weather", arguments={"city": "Köln"}), calls=[("c1", "weather", '{"city":"Köln"}')]
    ),
    "empty arguments": called(call(id="c1", name="time", arguments=""), calls=[("c1", "time", "{}")]),
    "no arguments": called(call(id="c1", name="time"), calls=[("c1", "time", "{}")]),
    "arguments null": called(call(id="c1", name="time", arguments=None), calls=[("c1", "time", "{}")]),
    "finish_reason stop": told(
        call(id="c1", name="weather", arguments=CITY), *END, text="", finish="tool_calls",
        calls=[("c1", "weather", CITY)],
    ),
    "finish_reason empty in every event": told(
        *(
            {"choices": [piece["choices"][0] | {"finish_reason": ""}]}
            for piece in (call(id="c1", name="weather", arguments='{"city": '), call(arguments='"Köln"}'))
        ),
        finish("tool_calls"), usage(), DONE, text="", finish="tool_calls", calls=[("c1", "weather", CITY)],
    ),
    "of the older form": told(
        delta(function_call={"name": "weather", "arguments": '{"city": '}),
        delta(function_call={"arguments": '"Köln"}'}),
        finish("function_call"), usage(), DONE, text="", finish="tool_calls",
        calls=[("", "weather", CITY)],
    ),
    "after some words": told(
        *HELLO, call(id="c1", name="weather", arguments=CITY), finish("tool_calls"), usage(), DONE,
        finish="tool_calls", calls=[("c1", "weather", CITY)],
    ),
    "with content null in every event": called(
        delta(content=None, tool_calls=[{"id": "c1", "function": {"name": "weather", "arguments": CITY[:9]}}]),
        delta(content=None, tool_calls=[{"function": {"arguments": CITY[9:]}}]),
    ),
    "something without a name": called(
        call(0, id="", name="", arguments=""), call(1, id="c1", name="weather", arguments=CITY)
    ),
    "nothing but something without a name": told(
        call(id="c1", arguments="{}"), finish("tool_calls"), usage(), DONE, text=""
    ),
    "two without an id or an index": called(
        call(None, name="weather", arguments=CITY), call(None, name="time", arguments="{}"),
        calls=[("", "weather", CITY), ("", "time", "{}")],
    ),
}  # fmt: skip

ROWS = {
    f"{table}: {name}": row
    for table, rows in {"framing": FRAMING, "fields": FIELDS, "ends": ENDS, "calls": CALLS}.items()
    for name, row in rows.items()
}


@pytest.mark.parametrize("name", ROWS)
def test_a_stream_is_clean_however_the_upstream_writes_it(gateway: Gateway, upstream: Upstream, name: str) -> None:
    row = ROWS[name]
    stream = gateway.stream(upstream.scene(*row.steps))
    assert (stream.text, stream.finish) == (row.text, row.finish)
    assert [call[1:] for call in stream.calls] == [call[1:] for call in row.calls]
    assert all(call[0] == expected[0] for call, expected in zip(stream.calls, row.calls, strict=True) if expected[0])
    assert (stream.choices[0].reasoning, stream.choices[0].refusal) == (row.reasoning, row.refusal)
    assert not row.usage_comes or {name: stream.usage[name] for name in USAGE} == USAGE
