"""POST /chat/completions and its neighbours, as OpenAI's clients read them: whole answers and streams."""

import re
from typing import Any

import pytest
from msgspec import Raw

from tests.api.canned import (
    Caller,
    Canned,
    chat,
    deployment,
    events_of,
    finish_chunk,
    json_of,
    text_answer,
    text_chunk,
    text_of,
)
from zaffre.core.chat import (
    AnswerMessage,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
    FunctionCall,
    FunctionFragment,
    ToolCall,
    ToolCallFragment,
    Usage,
)
from zaffre.core.modality import Modality

V1 = "/openai/v1/chat/completions"
CALL = ToolCall("call_1", FunctionCall("weather", '{"city": "Seattle"}'))
TOOLS = [{"type": "function", "function": {"name": "weather"}}]
FUNCTIONS = [{"name": "weather"}]
LOGPROBS = Raw(b'{"content":[{"token":"Hi","logprob":-0.5,"bytes":null,"top_logprobs":[]}],"refusal":null}')


async def answered(backend: Canned, **fields: Any) -> Any:
    response = await Caller(deployment("demo", backend)).post(V1, chat(**fields))
    assert response.status == 200
    return json_of(response)


async def streamed(*chunks: list[Chunk], **fields: Any) -> list[Any]:
    caller = Caller(deployment("demo", Canned(chunks=list(chunks))))
    return await events_of(await caller.post(V1, chat(stream=True, **fields)))


def fragment(index: int, unique: str | None, name: str | None, arguments: str | None, choice: int = 0) -> Chunk:
    part = ToolCallFragment(index, unique, FunctionFragment(name, arguments))
    return Chunk([ChunkChoice(Delta(tool_calls=[part]), choice)])


def deltas(events: list[Any]) -> list[Any]:
    return [choice["delta"] for event in events for choice in event["choices"]]


# -- whole answers --


async def test_a_whole_answer_has_the_published_shape() -> None:
    answer = await answered(Canned())
    assert re.fullmatch("chatcmpl-[0-9a-f]{29}", answer.pop("id"))
    assert isinstance(answer.pop("created"), int)
    message = {"role": "assistant", "content": "Hello.", "refusal": None}
    assert answer == {
        "object": "chat.completion",
        "model": "demo-model",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5},
    }


async def test_a_tool_call_comes_beside_a_null_content() -> None:
    backend = Canned(text_answer(None, "stop", tool_calls=[CALL]))
    choice = (await answered(backend, tools=TOOLS))["choices"][0]
    function = {"name": "weather", "arguments": '{"city": "Seattle"}'}
    assert choice["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }
    assert choice["finish_reason"] == "tool_calls"


async def test_who_offered_functions_is_answered_with_a_function_call() -> None:
    backend = Canned(text_answer(None, "stop", tool_calls=[CALL]))
    choice = (await answered(backend, functions=FUNCTIONS))["choices"][0]
    function = {"name": "weather", "arguments": '{"city": "Seattle"}'}
    assert choice["message"] == {"role": "assistant", "content": None, "refusal": None, "function_call": function}
    assert choice["finish_reason"] == "function_call"


async def test_every_choice_is_told_with_what_is_said_beside_its_text() -> None:
    said = [
        Choice(AnswerMessage("Hi", annotations=[Raw(b'{"type":"url_citation"}')]), 0, "stop", LOGPROBS),
        Choice(AnswerMessage(None, refusal="No."), 1, "content_filter"),
        Choice(AnswerMessage("42", reasoning_content="6 times 7"), 2, "length"),
    ]
    usage = Usage(4, 9, 13, {"reasoning_tokens": 3}, {"cached_tokens": 2})
    answer = await answered(Canned(Completion(said, usage, "fp_1")), n=3)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["stop", "content_filter", "length"]
    assert answer["choices"][0]["logprobs"]["content"][0]["token"] == "Hi"
    assert answer["choices"][0]["message"]["annotations"] == [{"type": "url_citation"}]
    assert answer["choices"][1]["message"] == {"role": "assistant", "content": None, "refusal": "No."}
    assert answer["choices"][2]["message"]["reasoning_content"] == "6 times 7"
    assert answer["usage"]["completion_tokens_details"] == {"reasoning_tokens": 3}
    assert answer["usage"]["prompt_tokens_details"] == {"cached_tokens": 2}
    assert answer["system_fingerprint"] == "fp_1"


# -- streams --


async def test_a_stream_is_framed_as_clients_read_it() -> None:
    chunks = [[text_chunk("The"), text_chunk(" end")], [finish_chunk()]]
    text = await text_of(await Caller(deployment("demo", Canned(chunks=chunks))).post(V1, chat(stream=True)))
    found = re.search(r'"id":"(chatcmpl-[0-9a-f]{29})","object":"chat.completion.chunk","created":(\d+),', text)
    assert found
    head = f'data: {{"id":"{found[1]}","object":"chat.completion.chunk","created":{found[2]},'
    head += '"model":"demo-model","choices":[{"index":0,"delta":'
    open_end = ',"finish_reason":null,"logprobs":null}]}\n\n'
    assert text == "".join(
        [
            head + '{"role":"assistant","content":"","refusal":null}' + open_end,
            head + '{"content":"The"}' + open_end,
            head + '{"content":" end"}' + open_end,
            head + '{},"finish_reason":"stop","logprobs":null}]}\n\n',
            "data: [DONE]\n\n",
        ]
    )


async def test_the_usage_comes_last_without_choices_and_only_if_it_is_asked_for() -> None:
    chunks = ([text_chunk("Hi")], [finish_chunk()])
    for options in (None, {"include_usage": False}, {"include_obfuscation": True}):
        events = await streamed(*chunks, stream_options=options)
        assert all("usage" not in event and event["choices"] for event in events)
    *others, last = await streamed(*chunks, stream_options={"include_usage": True})
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5}
    assert [event["usage"] for event in others] == [None] * len(others)


async def test_a_tool_call_is_written_as_it_comes() -> None:
    events = await streamed(
        [fragment(0, "call_1", "weather", "")],
        [fragment(0, None, None, '{"city":'), fragment(0, None, None, '"Seattle"}')],
        [fragment(1, "call_2", "time", "{}"), finish_chunk("tool_calls")],
        tools=TOOLS,
    )
    first, *calls, last = deltas(events)
    assert first == {"role": "assistant", "content": "", "refusal": None}
    assert [call["tool_calls"] for call in calls] == [
        [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"city":'}}],
        [{"index": 0, "function": {"arguments": '"Seattle"}'}}],
        [{"index": 1, "id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}}],
    ]
    assert last == {}
    assert [event["choices"][0]["finish_reason"] for event in events] == [None] * (len(events) - 1) + ["tool_calls"]


async def test_a_call_without_arguments_ends_with_an_empty_object() -> None:
    events = await streamed([fragment(0, "call_1", "weather", None)], [finish_chunk("tool_calls")], tools=TOOLS)
    arguments = [call["function"]["arguments"] for delta in deltas(events) for call in delta.get("tool_calls", ())]
    assert "".join(filter(None, arguments)) == "{}"


async def test_who_offered_functions_reads_a_function_call_in_pieces() -> None:
    events = await streamed(
        [fragment(0, "call_1", "weather", "")], [fragment(0, None, None, "{}")], [finish_chunk()], functions=FUNCTIONS
    )
    assert [delta["function_call"] for delta in deltas(events) if "function_call" in delta] == [
        {"name": "weather", "arguments": ""},
        {"arguments": "{}"},
    ]
    assert events[-1]["choices"][0]["finish_reason"] == "function_call"


async def test_choices_that_mix_are_told_apart_and_each_ends_once() -> None:
    both = Chunk([ChunkChoice(Delta("a"), 0), ChunkChoice(Delta("b"), 1)])
    end = Chunk([ChunkChoice(Delta(), 1, "length"), ChunkChoice(Delta(), 0, "stop")], Usage(1, 2, 3))
    events = await streamed([both, text_chunk("B", 1), text_chunk("A", 0)], [end], n=2)
    assert all(len(event["choices"]) == 1 for event in events)
    told: dict[int, list[Any]] = {0: [], 1: []}
    for event in events:
        told[event["choices"][0]["index"]].append(event["choices"][0])
    for index, text, finish in ((0, "aA", "stop"), (1, "bB", "length")):
        assert told[index][0]["delta"]["role"] == "assistant"
        assert "".join(choice["delta"].get("content") or "" for choice in told[index]) == text
        assert [choice["finish_reason"] for choice in told[index] if choice["finish_reason"]] == [finish]


async def test_a_refusal_reasoning_and_log_probabilities_are_streamed_too() -> None:
    events = await streamed(
        [Chunk([ChunkChoice(Delta(reasoning_content="Hm."))])],
        [Chunk([ChunkChoice(Delta("Hi"), logprobs=LOGPROBS)])],
        [Chunk([ChunkChoice(Delta(refusal="No."))])],
        [finish_chunk("content_filter")],
        logprobs=True,
    )
    choices = [event["choices"][0] for event in events]
    assert [choice["delta"] for choice in choices[1:4]] == [
        {"reasoning_content": "Hm."},
        {"content": "Hi"},
        {"refusal": "No."},
    ]
    assert [choice["logprobs"] and choice["logprobs"]["content"][0]["token"] for choice in choices[1:4]] == [
        None,
        "Hi",
        None,
    ]
    assert choices[-1]["finish_reason"] == "content_filter"


# -- text and vectors --


async def test_text_is_completed_whole_and_streamed() -> None:
    caller = Caller(deployment("demo", Canned()))
    answer = json_of(await caller.post("/openai/v1/completions", {"model": "demo", "prompt": "Yes"}))
    assert re.fullmatch("cmpl-[0-9a-f]{29}", answer["id"])
    assert answer["object"] == "text_completion"
    assert answer["choices"] == [{"index": 0, "text": ", indeed.", "finish_reason": "stop", "logprobs": None}]
    for options, last in ((None, {"finish_reason": "stop"}), ({"include_usage": True}, None)):
        body = {"model": "demo", "prompt": "Yes", "stream": True, "stream_options": options}
        events = await events_of(await caller.post("/openai/v1/completions", body))
        assert "".join(choice["text"] for event in events for choice in event["choices"]) == ", indeed."
        if last:
            assert events[-1]["choices"][0].items() >= last.items()
            assert all("usage" not in event for event in events)
        else:
            assert (events[-1]["choices"], events[-1]["usage"]["total_tokens"]) == ([], 5)


@pytest.mark.parametrize(
    "path", ["/openai/v1/embeddings", "/openai/deployments/embed/embeddings?api-version=2024-10-21"]
)
async def test_vectors_have_the_published_shape(path: str) -> None:
    caller = Caller(deployment("embed", Canned(), Modality.TEXT_EMBEDDINGS))
    assert json_of(await caller.post(path, {"model": "embed", "input": ["a"]})) == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}],
        "model": "embed-model",
        "usage": {"prompt_tokens": 2, "total_tokens": 2},
    }
