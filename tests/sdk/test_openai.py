"""The OpenAI SDK against `/v1` below a deployment's own address: nothing changes but `base_url` and `api_key`."""

import json

import pytest
from openai import AsyncOpenAI, AuthenticationError, BadRequestError, NotFoundError, OpenAI, RateLimitError

from tests.sdk.server import Server

MILE = [{"role": "user", "content": "How many feet are in a mile?"}]
GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        "strict": True,
    },
}


def client_of(server: Server, deployment: str = "demo", key: str | None = None) -> OpenAI:
    return OpenAI(base_url=f"{server.http}/deployments/{deployment}/v1", api_key=key or server.key, max_retries=0)


def said(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def test_a_question_is_answered(server: Server) -> None:
    with client_of(server) as client:
        answer = client.chat.completions.create(model="anything", messages=MILE, n=2)
    assert [choice.message.content for choice in answer.choices] == ["There are 5,280 feet in a mile."] * 2
    assert answer.model == "scripted-chat"


async def test_a_stream_ends_with_the_usage_that_was_asked_for(server: Server) -> None:
    address = f"{server.http}/deployments/demo/v1"
    async with AsyncOpenAI(base_url=address, api_key=server.key) as client:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        stream = await client.chat.completions.create(model="demo", messages=MILE, **options)
        chunks = [chunk async for chunk in stream]
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == "There are 5,280 feet in a mile."
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 7
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


def test_a_tool_is_called(server: Server) -> None:
    with client_of(server) as client:
        messages = said("What is the weather in Seattle?")
        asked = client.chat.completions.create(model="demo", messages=messages, tools=[GET_WEATHER]).choices[0].message
        call = asked.tool_calls[0]
        result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
        answer = client.chat.completions.create(model="demo", messages=[*messages, asked, result], tools=[GET_WEATHER])
    assert json.loads(call.function.arguments) == {"city": "Seattle"}
    assert answer.choices[0].message.content == "The tool said: Sunny"


def test_an_answer_fits_the_schema_that_was_asked_for(server: Server) -> None:
    schema = {"type": "object", "properties": {"miles": {"type": "integer"}}, "required": ["miles"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "distance", "schema": schema, "strict": True}}
    with client_of(server, "able") as client:
        answer = client.chat.completions.create(model="able", messages=said("How far?"), response_format=wanted)
    assert json.loads(answer.choices[0].message.content) == {"miles": 1}


def test_embeddings_come_as_base64_by_default_and_as_numbers(server: Server) -> None:
    with client_of(server, "demo-embed") as client:
        by_default = client.embeddings.create(model="demo-embed", input=["first", "second"])
        numbers = client.embeddings.create(model="demo-embed", input=["first", "second"], encoding_format="float")
    assert [len(item.embedding) for item in by_default.data] == [16, 16]
    assert by_default.data[1].embedding == pytest.approx(numbers.data[1].embedding, abs=1e-6)


def test_text_is_completed(server: Server) -> None:
    with client_of(server) as client:
        answer = client.completions.create(model="demo", prompt="How many feet are in a mile?")
        stream = client.completions.create(model="demo", prompt="How many feet are in a mile?", stream=True)
        text = "".join(choice.text for chunk in stream for choice in chunk.choices)
    assert answer.choices[0].text == text == "There are 5,280 feet in a mile."


def test_errors_are_of_the_sdks_own_kinds(server: Server) -> None:
    with client_of(server, key="wrong") as client, pytest.raises(AuthenticationError):
        client.chat.completions.create(model="demo", messages=MILE)
    with client_of(server, "nobody") as client, pytest.raises(NotFoundError):
        client.chat.completions.create(model="demo", messages=MILE)
    with client_of(server) as client:
        with pytest.raises(BadRequestError) as filtered:
            client.chat.completions.create(model="demo", messages=said("forbidden"))
        with pytest.raises(RateLimitError) as busy:
            client.chat.completions.create(model="demo", messages=said("fail"))
    assert (filtered.value.code, filtered.value.param) == ("content_filter", "prompt")
    assert busy.value.response.headers["retry-after"] == "1"
