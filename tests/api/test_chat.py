"""POST /chat/completions, whole answers and streams, byte for byte where clients depend on it."""

import re

import pytest

from tests.api.canned import (
    Caller,
    Canned,
    chat,
    deployment,
    events_of,
    finish_chunk,
    header_of,
    json_of,
    text_answer,
    text_chunk,
    text_of,
)
from zaffre.core.chat import (
    Chunk,
    ChunkChoice,
    Delta,
    FunctionCall,
    FunctionFragment,
    ToolCall,
    ToolCallFragment,
    Usage,
)
from zaffre.core.errors import Overloaded, RateLimited, UpstreamError
from zaffre.net.http import Hangup


def caller_of(backend: Canned, **facts: object) -> Caller:
    return Caller(deployment("demo", backend, **facts))


def fragment(
    index: int = 0, call_id: str | None = None, name: str | None = None, arguments: str | None = None
) -> Chunk:
    part = ToolCallFragment(index, call_id, FunctionFragment(name, arguments))
    return Chunk([ChunkChoice(Delta(tool_calls=[part]))])


async def test_a_whole_answer_has_the_published_shape() -> None:
    response = await caller_of(Canned()).post("/models/chat/completions", chat())
    answer = json_of(response)
    assert re.fullmatch("[0-9a-f]{32}", answer.pop("id"))
    assert isinstance(answer.pop("created"), int)
    assert answer == {
        "object": "chat.completion",
        "model": "demo-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": None,
                "message": {"role": "assistant", "content": "Hello.", "tool_calls": None},
            }
        ],
        "usage": {"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5},
    }


async def test_whole_tool_calls_come_with_empty_content_and_a_null_call_id() -> None:
    call = ToolCall("abc0dF1gh", FunctionCall("weather", '{"city": "Seattle"}'))
    backend = Canned(completion=text_answer(None, "stop", tool_calls=[call]))
    choice = json_of(await caller_of(backend).post("/models/chat/completions", chat()))["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == ""
    function = {"name": "weather", "arguments": '{"city": "Seattle"}', "call_id": None}
    assert choice["message"]["tool_calls"] == [{"id": "abc0dF1gh", "type": "function", "function": function}]


async def test_a_missing_usage_is_estimated_and_never_says_so_on_the_wire() -> None:
    completion = text_answer("Hello.")
    completion.usage = None
    usage = json_of(await caller_of(Canned(completion=completion)).post("/models/chat/completions", chat()))["usage"]
    assert usage == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


async def test_a_stream_is_framed_as_the_published_reader_demands() -> None:
    chunks = [[text_chunk("The"), text_chunk(" end")], [finish_chunk()]]
    text = await text_of(await caller_of(Canned(chunks=chunks)).post("/models/chat/completions", chat(stream=True)))
    found = re.search(r'"id":"([0-9a-f]{32})","object":"chat.completion.chunk","created":(\d+),', text)
    assert found
    head = f'data: {{"id":"{found[1]}","object":"chat.completion.chunk","created":{found[2]},'
    head += '"model":"demo-model","choices":['
    assert text == "".join(
        [
            head + '{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"logprobs":null}]}\n\n',
            head + '{"index":0,"delta":{"content":"The"},"finish_reason":null,"logprobs":null}]}\n\n',
            head + '{"index":0,"delta":{"content":" end"},"finish_reason":null,"logprobs":null}]}\n\n',
            head + '{"index":0,"delta":{"content":""},"finish_reason":"stop","logprobs":null}],'
            '"usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5}}\n\n',
            "data: [DONE]\n\n",
        ]
    )


async def test_usage_that_was_asked_for_comes_in_a_last_chunk_without_choices() -> None:
    body = chat(stream=True, stream_options={"include_usage": True})
    events = await events_of(await caller_of(Canned()).post("/models/chat/completions", body))
    *others, last = events
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 5
    assert all("usage" not in event for event in others)
    assert others[-1]["choices"][0]["finish_reason"] == "stop"


async def test_a_finish_chunk_waits_for_the_usage_that_follows_it() -> None:
    chunks = [[text_chunk("Hi"), Chunk([ChunkChoice(Delta(), 0, "length")])], [Chunk([], Usage(7, 1, 8))]]
    events = await events_of(await caller_of(Canned(chunks=chunks)).post("/models/chat/completions", chat(stream=True)))
    assert events[-1]["choices"][0]["finish_reason"] == "length"
    assert events[-1]["usage"]["total_tokens"] == 8
    assert all(event["choices"] for event in events)


async def test_a_stream_without_usage_or_finish_is_mended() -> None:
    chunks = [[text_chunk("Hello there")]]
    events = await events_of(await caller_of(Canned(chunks=chunks)).post("/models/chat/completions", chat(stream=True)))
    assert events[-1]["choices"][0]["finish_reason"] == "stop"
    assert events[-1]["usage"] == {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}


async def test_fragments_of_tool_calls_go_out_whole_one_call_a_delta() -> None:
    chunks = [
        [fragment(0, "one", "weather", ""), fragment(0, None, None, '{"city":')],
        [fragment(0, None, None, ' "Seattle"}'), fragment(1, "two", "time", "{}")],
        [finish_chunk("tool_calls")],
    ]
    events = await events_of(await caller_of(Canned(chunks=chunks)).post("/models/chat/completions", chat(stream=True)))
    deltas = [event["choices"][0]["delta"] for event in events]
    assert deltas[0] == {"role": "assistant", "content": ""}
    functions = [{"name": "weather", "arguments": '{"city": "Seattle"}'}, {"name": "time", "arguments": "{}"}]
    assert [delta["tool_calls"][0]["id"] for delta in deltas[1:3]] == ["one", "two"]
    for delta, function, index in zip(deltas[1:3], functions, (0, 1), strict=True):
        assert delta.keys() == {"tool_calls"}
        call = delta["tool_calls"][0]
        assert call["index"] == index
        assert {key: call["function"][key] for key in ("name", "arguments")} == function
    assert deltas[3] == {}
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_two_calls_under_one_index_are_told_apart_by_their_ids() -> None:
    chunks = [[fragment(0, "one", "a", "{}"), fragment(0, "two", "b", "{}")], [finish_chunk("stop")]]
    events = await events_of(await caller_of(Canned(chunks=chunks)).post("/models/chat/completions", chat(stream=True)))
    calls = [call for event in events for call in event["choices"][0]["delta"].get("tool_calls", ())]
    assert [(call["index"], call["id"], call["function"]["name"]) for call in calls] == [
        (0, "one", "a"),
        (1, "two", "b"),
    ]
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_several_choices_each_begin_and_finish_once() -> None:
    chunks = [[text_chunk("a", 0), text_chunk("b", 1)], [Chunk([ChunkChoice(Delta(), n, "stop") for n in (0, 1)])]]
    body = chat(stream=True, n=2)
    response = await caller_of(Canned(chunks=chunks)).post(
        "/models/chat/completions", body, extra_parameters="pass-through"
    )
    choices = [event["choices"][0] for event in await events_of(response)]
    for index in (0, 1):
        own = [choice for choice in choices if choice["index"] == index]
        assert [choice["finish_reason"] for choice in own] == [None, None, "stop"]
        assert own[0]["delta"]["role"] == "assistant"


async def test_reasoning_rides_beside_string_content() -> None:
    chunks = [[Chunk([ChunkChoice(Delta(reasoning_content="Hm."))])], [text_chunk("Yes."), finish_chunk()]]
    events = await events_of(await caller_of(Canned(chunks=chunks)).post("/models/chat/completions", chat(stream=True)))
    assert events[1]["choices"][0]["delta"] == {"content": "", "reasoning_content": "Hm."}


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(RateLimited(retry_after=2), 429, b"2"), (Overloaded(), 503, b"1"), (UpstreamError(), 502, None)],
)
async def test_a_failure_before_the_first_event_is_an_ordinary_status(
    error: Exception, status: int, retry_after: bytes | None
) -> None:
    response = await caller_of(Canned(error=error)).post("/models/chat/completions", chat(stream=True))
    assert response.status == status
    assert header_of(response, b"retry-after") == retry_after
    assert json_of(response)["error"]["code"] == header_of(response, b"x-ms-error-code").decode()  # type: ignore[union-attr]


async def test_a_failure_after_the_first_event_breaks_the_body() -> None:
    backend = Canned(chunks=[[text_chunk("Hel")]], breaks=UpstreamError())
    response = await caller_of(backend).post("/models/chat/completions", chat(stream=True))
    assert response.status == 200
    with pytest.raises(Hangup):
        await text_of(response)
    assert backend.closed


async def test_a_caller_who_leaves_closes_the_backends_stream() -> None:
    backend = Canned(chunks=[[text_chunk("Hel")], [text_chunk("lo")]])
    response = await caller_of(backend).post("/models/chat/completions", chat(stream=True))
    assert not isinstance(response.body, bytes)
    await anext(response.body)
    assert not backend.closed
    await response.body.aclose()
    assert backend.closed


async def test_a_bug_of_ours_is_a_500_that_shows_nothing() -> None:
    response = await caller_of(Canned(error=ValueError("secret detail"))).post("/models/chat/completions", chat())
    assert response.status == 500
    assert b"secret" not in response.body  # type: ignore[operator]
