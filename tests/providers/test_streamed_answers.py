"""Streams, event by event, as servers really send them."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zaffre.core.chat import Chunk
from zaffre.core.errors import UpstreamError
from zaffre.net.sse import EventDecoder
from zaffre.providers import PROVIDERS
from zaffre.providers.codec import ErrorInBody

CHAT = PROVIDERS["openai-compatible"].chat
TEXT = PROVIDERS["openai-compatible"].completions


def decoded(*events: Any, codec: Any = CHAT) -> list[Any]:
    return codec.decoder().feed([e if isinstance(e, bytes) else json.dumps(e).encode() for e in events])


def delta(**said: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": said, "finish_reason": None, "logprobs": None}]}


def text_of(chunks: list[Chunk]) -> str:
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def test_deltas_are_carried_over():
    chunks = decoded(delta(role="assistant", content=""), delta(content="There"), delta(content=" are"))
    assert text_of(chunks) == "There are"


def test_a_stream_is_complete_with_a_finish_reason_and_over_with_done():
    decoder = CHAT.decoder()
    decoder.feed([json.dumps(delta(content="x")).encode()])
    assert not decoder.complete
    decoder.feed([b'{"choices":[{"delta":{},"finish_reason":"stop"}]}'])
    assert decoder.complete
    assert not decoder.over
    decoder.feed([b" [DONE] ".strip()])
    assert decoder.over


def test_a_stream_of_several_choices_is_complete_with_the_last_of_them():
    decoder = CHAT.decoder()
    decoder.feed([b'{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}'])
    decoder.feed([b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'])
    assert not decoder.complete
    decoder.feed([b'{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}'])
    assert decoder.complete
    decoder.feed([b'{"choices":[{"index":1,"delta":{}}]}'])
    assert decoder.complete


def test_an_empty_finish_reason_ends_nothing():
    decoder = CHAT.decoder()
    (chunk,) = decoder.feed([b'{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}'])
    assert chunk.choices[0].finish_reason is None
    assert not decoder.complete


@pytest.mark.parametrize("codec", [CHAT, TEXT])
def test_empty_data_says_nothing(codec):
    assert decoded(b"", b" ", codec=codec) == []


def test_what_comes_after_done_is_not_read():
    assert text_of(decoded(delta(content="a"), b"[DONE]", b"garbage")) == "a"


def test_events_that_say_nothing_are_left_out():
    first = {"id": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}
    late = {"choices": [{"index": 0, "content_filter_offsets": {"check_offset": 1}, "content_filter_results": {}}]}
    assert decoded(first, late, {}, {"choices": None}) == []


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_found_under_either_name(name):
    chunks = decoded(delta(content="", **{name: "Hm"}), delta(content="Yes", **{name: " so."}))
    assert [choice.delta.reasoning_content for chunk in chunks for choice in chunk.choices] == ["Hm", " so."]
    assert text_of(chunks) == "Yes"


def test_thought_in_parts_is_reasoning():
    chunk = decoded(delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]))[0]
    assert (chunk.choices[0].delta.content, chunk.choices[0].delta.reasoning_content) == (None, "Hm")


def test_fragments_of_calls_keep_their_places():
    chunks = decoded(
        delta(tool_calls=[{"index": 1, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}]),
        delta(tool_calls=[{"index": 1, "function": {"arguments": '{"a"'}}]),
        delta(tool_calls=[{"index": 1, "id": None, "function": {"name": None, "arguments": ": 1}"}}]),
    )
    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls]
    assert [call.index for call in calls] == [1, 1, 1]
    assert [call.id for call in calls] == ["c1", None, None]
    assert "".join(call.function.arguments for call in calls) == '{"a": 1}'


def test_a_whole_call_with_an_object_for_arguments_is_text():
    chunk = decoded(delta(tool_calls=[{"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}]))[0]
    assert chunk.choices[0].delta.tool_calls[0].function.arguments == '{"a":1}'


def test_a_call_of_the_older_form_is_a_tool_call():
    chunk = decoded(delta(content=None, function_call={"name": "f", "arguments": "{}"}))[0]
    assert chunk.choices[0].delta.tool_calls[0].function.name == "f"


def test_usage_comes_on_its_own_or_with_the_end():
    usage = {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}
    assert decoded({"choices": [], "usage": usage})[0].usage.total_tokens == 3
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
    assert decoded(end)[0].usage.total_tokens == 3
    assert decoded(end | {"usage": None})[0].usage is None


def test_log_probabilities_are_carried_as_they_came():
    chunk = decoded(b'{"choices":[{"index":0,"delta":{"content":"x"},"logprobs":{"content":[]}}]}')[0]
    assert msgspec.json.encode(chunk.choices[0].logprobs) == b'{"content":[]}'
    assert isinstance(chunk.choices[0].logprobs, dict), "the strict decoder has read them"


@pytest.mark.parametrize("codec", [CHAT, TEXT])
@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"error": {"message": "overloaded", "code": 503}}, 503),
        ({"error": {"message": "boom"}}, None),
        ({"object": "error", "message": "too long", "code": 400}, 400),
        ({"choices": [{"delta": {"content": ""}, "finish_reason": "error"}], "error": {"code": 502}}, 502),
    ],
)
def test_an_error_in_the_middle_is_an_error(codec, event, status):
    with pytest.raises(ErrorInBody) as caught:
        decoded(event, codec=codec)
    assert caught.value.status == status


@pytest.mark.parametrize("codec", [CHAT, TEXT])
@pytest.mark.parametrize("event", [b"garbage", b"[]", b'{"choices":[1]}', b'{"choices":"x"}', b"[" * 9000])
def test_an_event_that_cannot_be_read_is_the_upstreams_failure(codec, event):
    with pytest.raises(UpstreamError):
        decoded(event, codec=codec)


def test_text_events_have_the_shape_of_the_whole():
    chunks = decoded(
        {"choices": [{"text": "one ", "index": 0}]}, {"choices": [{"text": "two", "index": 1}]}, codec=TEXT
    )
    assert [(choice.text, choice.index) for chunk in chunks for choice in chunk.choices] == [("one ", 0), ("two", 1)]


words = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8)
counts = st.integers(0, 10_000)


@given(words, counts, counts, st.sampled_from(["stop", "length", "content_filter"]))
@settings(max_examples=60, deadline=None)
def test_text_and_usage_of_a_stream_are_those_of_the_whole(parts, prompt, completion, finish):
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    whole = CHAT.decode(
        json.dumps(
            {"choices": [{"message": {"content": "".join(parts)}, "finish_reason": finish}], "usage": usage}
        ).encode()
    )
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    chunks = decoded(*(delta(content=part) for part in parts), end, {"choices": [], "usage": usage})
    assert text_of(chunks) == whole.choices[0].message.content
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == [finish]
    assert [chunk.usage for chunk in chunks if chunk.usage] == ([whole.usage] if whole.usage else [])


STREAM = (
    b": OPENROUTER PROCESSING\r\n\r\n"
    + "".join(
        f"data: {json.dumps(delta(content=part), ensure_ascii=False)}\r\n\r\n" for part in ("Grüße", " 😀", " \\n")
    ).encode()
    + b'event: x\ndata:{"choices":[{"delta":{"content":"!"},"vendor":{"a":[1]}}]}\n\n'
    + b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_stream_cut_anywhere_yields_the_same_chunks(cuts):
    places = [0, *sorted(cuts), len(STREAM)]
    events, decoder, chunks = EventDecoder(), CHAT.decoder(), []
    for start, end in pairwise(places):
        chunks += decoder.feed(events.feed(STREAM[start:end]))
    assert text_of(chunks) == "Grüße 😀 \\n!"
    assert chunks == CHAT.decoder().feed(EventDecoder().feed(STREAM))
    assert decoder.over
