"""The published openai package over the bytes: its strict validation, its stream, and what its helper adds up."""

from collections.abc import Callable, Iterable
from typing import Any

import httpx2
import pytest
from openai import OpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from tests.services.responses.asking import (
    WEATHER,
    call,
    end,
    events_of,
    refused,
    said,
    text,
    thought,
    usage,
    writer,
)
from zaffre.core.chat import Chunk
from zaffre.core.errors import UpstreamError
from zaffre.services.responses.events import Event

EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ANSWERS: dict[str, list[Chunk]] = {
    "text": [text("Hel"), text("lo"), end(), usage()],
    "nothing": [end()],
    "thought": [thought("Hm."), text("Four."), end(), usage()],
    "refusal": [text("Well."), refused("No."), end(), usage()],
    "calls": [
        text("I look."),
        call(0, '{"city":"Oslo"}', "get_weather", "call_1"),
        call(1, '{"city":', "get_weather", "call_2"),
        call(1, '"Rome"}'),
        end("tool_calls"),
        usage(),
    ],
    "woven calls": [
        call(0, '{"city"', "get_weather", "call_1"),
        call(1, '{"city"', "get_weather", "call_2"),
        call(0, ':"Oslo"}'),
        call(1, ':"Rome"}'),
        end("tool_calls"),
    ],
    "log probabilities": [
        text("Hi", logprobs={"content": [{"token": "Hi", "logprob": -0.5, "bytes": None, "top_logprobs": []}]}),
        end(),
    ],
    "cut": [text("Once upon"), end("length"), usage()],
    "stopped": [text("Hm"), end("content_filter"), usage()],
}
BODIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {
        "instructions": "Be brief.",
        "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
        "max_output_tokens": 100,
        "metadata": {"a": "b"},
        "reasoning": {"effort": "low", "summary": "auto"},
        "service_tier": "auto",
        "text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "object"}, "strict": True}},
        "tools": [WEATHER, {"type": "function", "name": "now"}],
        "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "now"}]},
        "top_logprobs": 2,
        "truncation": "auto",
    },
}
every_answer = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
every_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)


def client(body: bytes, kind: str) -> OpenAI:
    """One whose server answers with these bytes, whatever it is asked."""
    reply: Callable[[httpx2.Request], httpx2.Response]
    reply = lambda request: httpx2.Response(200, headers={"content-type": kind}, content=body)  # noqa: E731
    transport = httpx2.MockTransport(reply)
    return OpenAI(
        base_url="http://127.0.0.1/openai/v1",
        api_key="k",
        http_client=httpx2.Client(transport=transport),
        _strict_response_validation=True,
    )


def streaming(events: Iterable[Event]) -> OpenAI:
    lines = b"".join(b"event: %b\ndata: %b\n\n" % (event.type.encode(), event.data) for event in events)
    return client(lines, "text/event-stream")


@every_answer
@every_body
def test_the_object_passes_the_strict_validation(answer: list[Chunk], body: dict[str, Any]) -> None:
    writing = writer(**body)
    for stage in (writing.queue, writing.begin, lambda: writing.write(answer), writing.end):
        stage()
        response = client(writing.snapshot(), "application/json").responses.create(model="m", input="Hello")
        assert isinstance(response, Response)
        assert response.status == writing.status


@every_answer
@every_body
def test_every_event_is_of_a_type_and_form_that_the_package_knows(answer: list[Chunk], body: dict[str, Any]) -> None:
    events = [*writer(background=True, **body).begin(), *events_of(answer, writer(**body))]
    for event in said(events):
        assert isinstance(EVENTS.validate_python(event, strict=True), BaseModel)


@every_answer
def test_the_streams_events_are_read_as_they_were_sent(answer: list[Chunk]) -> None:
    events = events_of(answer)
    stream = streaming(events).responses.create(model="m", input="Hello", stream=True)
    assert [(event.type, event.sequence_number) for event in stream] == [(each.type, each.number) for each in events]


@pytest.mark.parametrize("name", ["text", "nothing", "thought", "refusal", "calls", "woven calls"])
def test_the_helper_adds_the_stream_up(name: str) -> None:
    events = events_of(ANSWERS[name], writer(tools=[WEATHER]))
    tools: Any = [WEATHER]
    with streaming(events).responses.stream(model="m", input="Hello", tools=tools) as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert snapshots == sorted(snapshots, key=len)
    assert response.output_text == "".join(snapshots[-1:])
    assert [item.id for item in response.output] == [item["id"] for item in said(events)[-1]["response"]["output"]]


def test_the_helper_reads_the_arguments_as_they_grow() -> None:
    tools: Any = [WEATHER]
    with streaming(events_of(ANSWERS["calls"])).responses.stream(model="m", input="Hello", tools=tools) as stream:
        grown = [event.snapshot for event in stream if event.type == "response.function_call_arguments.delta"]
        calls = [item for item in stream.get_final_response().output if item.type == "function_call"]
    assert grown == ['{"city":"Oslo"}', '{"city":', '{"city":"Rome"}']
    assert [each.parsed_arguments for each in calls] == [{"city": "Oslo"}, {"city": "Rome"}]


def test_a_broken_answer_is_read_as_failed() -> None:
    writing = writer()
    events = [*writing.begin(), *writing.write([text("Once")]), *writing.fail(UpstreamError())]
    *_, last = streaming(events).responses.create(model="m", input="Hello", stream=True)
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert last.response.error.code == "server_error"
    strictly = client(writing.snapshot(), "application/json").responses.retrieve("resp_1")
    assert strictly.status == "failed"
