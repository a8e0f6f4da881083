"""Streams: chunk by chunk, and through the SDK's own helper."""

import json
from typing import Any

from openai import OpenAI
from pydantic import BaseModel

from tests.sdk.azure_openai.questions import HOW_LONG, MILE, TOOLS, WEATHER, user

COUNTED: Any = {"stream": True, "stream_options": {"include_usage": True}}


def test_a_stream_joins_to_the_whole_answer(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="able", messages=HOW_LONG, stream=True))
    first = chunks[0].choices[0].delta
    assert (first.role, first.content) == ("assistant", "")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == MILE
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert {(chunk.object, chunk.model) for chunk in chunks} == {("chat.completion.chunk", "scripted-able")}
    assert len({chunk.id for chunk in chunks}) == 1


def test_usage_that_was_not_asked_for_is_not_sent(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="able", messages=HOW_LONG, stream=True))
    assert [chunk.usage for chunk in chunks] == [None] * len(chunks)


def test_usage_that_was_asked_for_comes_in_a_last_chunk_without_choices(client: OpenAI) -> None:
    *before, last = client.chat.completions.create(model="able", messages=HOW_LONG, **COUNTED)
    whole = client.chat.completions.create(model="able", messages=HOW_LONG)
    assert (last.choices, last.usage) == ([], whole.usage)
    assert [chunk.usage for chunk in before] == [None] * len(before)


def test_a_tool_call_is_streamed(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="able", messages=WEATHER, tools=TOOLS, stream=True))
    pieces = [piece for chunk in chunks for piece in chunk.choices[0].delta.tool_calls or ()]
    assert (pieces[0].index, pieces[0].type, pieces[0].function.name) == (0, "function", "get_weather")
    assert pieces[0].id
    assert json.loads("".join(piece.function.arguments or "" for piece in pieces)) == {"city": "Seattle"}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_the_stream_helper_puts_a_tool_call_together(client: OpenAI) -> None:
    with client.chat.completions.stream(model="able", messages=WEATHER, tools=TOOLS) as stream:
        kinds = [event.type for event in stream]
        choice = stream.get_final_completion().choices[0]
    assert "tool_calls.function.arguments.done" in kinds
    assert json.loads(choice.message.tool_calls[0].function.arguments) == {"city": "Seattle"}


class Distance(BaseModel):
    """How far something is."""

    miles: int


def test_the_stream_helper_parses_what_was_asked_for(client: OpenAI) -> None:
    asked: Any = {"model": "able", "messages": user("How far?"), "response_format": Distance}
    with client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as stream:
        answer = stream.until_done().get_final_completion()
    assert answer.choices[0].message.parsed == Distance(miles=1)
    assert answer.usage.completion_tokens > 0


def test_a_completion_that_the_filter_stopped_ends_with_its_name(client: OpenAI) -> None:
    chunks = list(client.chat.completions.create(model="able", messages=user("unfinished"), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Once upon a"
    assert chunks[-1].choices[0].finish_reason == "content_filter"
