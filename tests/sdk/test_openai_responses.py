"""The Responses API through the OpenAI SDK, on v1 and on the classic surface. What is not streamed is validated
strictly."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, AzureOpenAI, BadRequestError, NotFoundError, OpenAI
from pydantic import BaseModel

from tests.sdk.server import PATIENCE, Server

MILE = "There are 5,280 feet in a mile."
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS: Any = [{"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": False}]
OVER = ("completed", "failed", "cancelled", "incomplete")


@pytest.fixture(params=["v1", "classic"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[OpenAI]:
    strict: dict[str, Any] = {"api_key": server.key, "_strict_response_validation": True, "max_retries": 0}
    if request.param == "v1":
        made: OpenAI = OpenAI(base_url=f"{server.http}/openai/v1/", **strict)
    else:
        made = AzureOpenAI(azure_endpoint=server.http, api_version="2025-04-01-preview", **strict)
    with made as client:
        yield client


def ended(client: OpenAI, response_id: str) -> Any:
    """The response, once it is over."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        response = client.responses.retrieve(response_id)
        if response.status in OVER:
            return response
        time.sleep(0.05)
    raise AssertionError(response_id)


def test_a_question_is_answered(client: OpenAI) -> None:
    answer = client.responses.create(model="able", instructions="Be exact.", input="How many feet are in a mile?")
    assert (answer.output_text, answer.status, answer.model) == (MILE, "completed", "scripted-able")
    assert answer.usage.output_tokens == 7
    assert client.responses.retrieve(answer.id).output_text == MILE


def test_the_stream_helper_reads_every_event(client: OpenAI) -> None:
    with client.responses.stream(model="able", input="How many feet are in a mile?") as stream:
        numbers = [event.sequence_number for event in stream]
        answer = stream.get_final_response()
    assert numbers == list(range(len(numbers)))
    assert answer.output_text == MILE


def test_a_tool_is_called_and_answered(client: OpenAI) -> None:
    with client.responses.stream(model="able", input="What is the weather in Seattle?", tools=TOOLS) as stream:
        for _ in stream:
            pass
        asked = stream.get_final_response()
    (call,) = asked.output
    assert json.loads(call.arguments) == {"city": "Seattle"}
    result: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}]
    answer = client.responses.create(model="able", previous_response_id=asked.id, input=result, tools=TOOLS)
    assert answer.output_text == "The tool said: Sunny"
    (item,) = client.responses.input_items.list(answer.id).data
    assert item.type == "function_call_output"


def test_the_whole_conversation_can_be_sent_back(client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": "What is the weather in Seattle?"}]
    asked = client.responses.create(model="able", input=said, tools=TOOLS, store=False)
    said += [item.model_dump(exclude_none=True) for item in asked.output]
    said += [{"type": "function_call_output", "call_id": asked.output[0].call_id, "output": "Sunny"}]
    answer = client.responses.create(model="able", input=said, tools=TOOLS, store=False)
    assert answer.output_text == "The tool said: Sunny"
    with pytest.raises(NotFoundError):
        client.responses.retrieve(answer.id)


class Distance(BaseModel):
    miles: int


def test_an_answer_is_parsed_into_what_was_asked_for(client: OpenAI) -> None:
    answer = client.responses.parse(model="able", input="How far?", text_format=Distance)
    assert answer.output_parsed == Distance(miles=1)


def test_an_image_is_looked_at(client: OpenAI) -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"}
    said: Any = [{"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, image]}]
    assert client.responses.create(model="able", input=said).output_text == "Balls being juggled."


def test_a_background_response_goes_on_alone(client: OpenAI) -> None:
    queued = client.responses.create(model="able", input="slow", background=True)
    assert queued.status == "queued"
    assert ended(client, queued.id).output_text == "one two three four five six seven eight nine ten"


def test_a_background_stream_can_be_left_and_taken_up_again(client: OpenAI) -> None:
    seen = []
    with client.responses.create(model="able", input="slow", background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta":
                break
    unique = seen[0].response.id
    rest = list(client.responses.retrieve(unique, stream=True, starting_after=seen[-1].sequence_number))
    assert [event.sequence_number for event in rest[:1]] == [seen[-1].sequence_number + 1]
    assert rest[-1].response.output_text == "one two three four five six seven eight nine ten"


def test_the_stream_helper_follows_what_was_begun_by_another(client: OpenAI) -> None:
    with client.responses.create(model="able", input="slow", background=True, stream=True) as begun:
        first = next(iter(begun))
    with client.responses.stream(response_id=first.response.id, starting_after=2) as stream:
        numbers = [event.sequence_number for event in stream]
        answer = stream.get_final_response()
    assert numbers == list(range(3, numbers[-1] + 1))
    assert answer.output_text == "one two three four five six seven eight nine ten"


def test_a_background_response_is_cancelled(client: OpenAI) -> None:
    queued = client.responses.create(model="able", input="slow", background=True)
    assert client.responses.cancel(queued.id).status == "cancelled"
    assert client.responses.cancel(queued.id).status == "cancelled"
    assert client.responses.retrieve(queued.id).status == "cancelled"


def test_a_deleted_response_is_gone(client: OpenAI) -> None:
    unique = client.responses.create(model="able", input="Hi").id
    client.responses.delete(unique)
    with pytest.raises(NotFoundError):
        client.responses.retrieve(unique)
    with pytest.raises(BadRequestError) as refused:
        client.responses.create(model="able", input="And?", previous_response_id=unique)
    assert refused.value.code == "previous_response_not_found"


def test_pages_of_input_items_are_turned_to_the_last(client: OpenAI) -> None:
    said: Any = [{"role": "user", "content": str(number)} for number in range(45)]
    unique = client.responses.create(model="able", input=said).id
    listed = list(client.responses.input_items.list(unique, order="asc", limit=20))
    assert [item.content[0].text for item in listed] == [str(number) for number in range(45)]
    assert [item.id for item in client.responses.input_items.list(unique)] == [item.id for item in listed][::-1]


def test_tokens_of_an_input_are_counted(client: OpenAI) -> None:
    counted = client.responses.input_tokens.count(model="able", input="x" * 400, instructions="y" * 40)
    assert (counted.object, counted.input_tokens) == ("response.input_tokens", 110)


def test_only_what_runs_in_the_background_can_be_cancelled(client: OpenAI) -> None:
    unique = client.responses.create(model="able", input="Hi").id
    with pytest.raises(BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(unique)


async def test_the_asynchronous_client_does_the_same(server: Server) -> None:
    strict: dict[str, Any] = {"api_key": server.key, "_strict_response_validation": True, "max_retries": 0}
    async with AsyncOpenAI(base_url=f"{server.http}/openai/v1/", **strict) as client:
        first = await client.responses.create(model="able", input="Hi")
        async with client.responses.stream(model="able", input="And?", previous_response_id=first.id) as stream:
            answer = await stream.get_final_response()
        assert (answer.output_text, answer.previous_response_id) == ("You said: And?", first.id)
        queued = await client.responses.create(model="able", input="slow", background=True)
        assert (await client.responses.cancel(queued.id)).status == "cancelled"
        await client.responses.delete(queued.id)
        with pytest.raises(NotFoundError, match=f"Response with id '{queued.id}' not found"):
            await client.responses.retrieve(queued.id)


def test_tools_that_nobody_runs_here_are_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.responses.create(model="able", input="Hi", tools=[{"type": "web_search"}])
    assert refused.value.param == "tools[0].type"
    assert "web_search" in str(refused.value)
