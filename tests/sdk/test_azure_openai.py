"""The OpenAI SDK's own ways to Azure OpenAI and to v1: four constructions, one server, nothing changed but an address.

All that is not streamed is validated strictly by the SDK.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openai import (
    AsyncAzureOpenAI,
    AuthenticationError,
    AzureOpenAI,
    BadRequestError,
    NotFoundError,
    OpenAI,
    RateLimitError,
)
from pydantic import BaseModel

from tests.sdk.server import Server

ASKED = [{"role": "user", "content": "How many feet are in a mile?"}]
MILE = "There are 5,280 feet in a mile."
WEATHER = [{"role": "user", "content": "What is the weather in Seattle?"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS: Any = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}]
VERSION = "2024-10-21"
STRICT: dict[str, Any] = {"_strict_response_validation": True, "max_retries": 0}


def by_endpoint(server: Server) -> OpenAI:
    return AzureOpenAI(azure_endpoint=server.http, api_key=server.key, api_version=VERSION, **STRICT)


def by_deployment(server: Server) -> OpenAI:
    options = {"azure_deployment": "able", "api_version": VERSION, **STRICT}
    return AzureOpenAI(azure_endpoint=server.http, api_key=server.key, **options)


def by_base_url(server: Server) -> OpenAI:
    address = f"{server.http}/openai/v1/"
    return AzureOpenAI(base_url=address, api_key=server.key, api_version="preview", **STRICT)


def by_v1(server: Server) -> OpenAI:
    return OpenAI(base_url=f"{server.http}/openai/v1/", api_key=server.key, **STRICT)


def by_token(server: Server) -> OpenAI:
    return OpenAI(base_url=f"{server.http}/openai/v1/", api_key=lambda: server.key, **STRICT)


WAYS = [by_endpoint, by_deployment, by_base_url, by_v1, by_token]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[OpenAI]:
    make: Callable[[Server], OpenAI] = request.param
    with make(server) as client:
        yield client


def test_a_question_is_answered(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="able", messages=ASKED)
    assert answer.choices[0].message.content == MILE
    assert answer.model == "scripted-able"
    assert answer.id.startswith("chatcmpl-")
    assert len(answer.id) == len("chatcmpl-") + 29
    assert answer.usage.total_tokens == 14


def test_a_stream_has_the_usage_in_a_last_chunk_if_it_is_asked_for(client: OpenAI) -> None:
    plain = list(client.chat.completions.create(model="able", messages=ASKED, stream=True))
    options = {"include_usage": True}
    counted = list(client.chat.completions.create(model="able", messages=ASKED, stream=True, stream_options=options))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in plain) == MILE
    assert [chunk.usage for chunk in plain] == [None] * len(plain)
    assert counted[-1].choices == []
    assert counted[-1].usage.completion_tokens == 7
    assert [chunk.usage for chunk in counted[:-1]] == [None] * (len(counted) - 1)


def test_the_stream_helper_puts_a_tool_call_together(client: OpenAI) -> None:
    with client.chat.completions.stream(model="able", messages=WEATHER, tools=TOOLS) as stream:
        for _ in stream:
            pass
        choice = stream.get_final_completion().choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content in (None, "")
    assert json.loads(choice.message.tool_calls[0].function.arguments) == {"city": "Seattle"}


def test_a_tool_is_called_and_answered(client: OpenAI) -> None:
    said = client.chat.completions.create(model="able", messages=WEATHER, tools=TOOLS).choices[0].message
    result = {"role": "tool", "tool_call_id": said.tool_calls[0].id, "content": "Sunny"}
    answer = client.chat.completions.create(model="able", messages=[*WEATHER, said, result], tools=TOOLS)
    assert answer.choices[0].message.content == "The tool said: Sunny"


class Distance(BaseModel):
    miles: int


def test_an_answer_is_parsed_into_what_was_asked_for(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "How far?"}]
    answer = client.chat.completions.parse(model="able", messages=messages, response_format=Distance)
    assert answer.choices[0].message.parsed == Distance(miles=1)


def test_text_is_completed(client: OpenAI) -> None:
    assert client.completions.create(model="able", prompt="How many feet are in a mile?").choices[0].text == MILE


@pytest.mark.parametrize("way", [by_endpoint, by_base_url, by_v1])
def test_texts_are_embedded(server: Server, way: Callable[[Server], OpenAI]) -> None:
    with way(server) as client:
        answer = client.embeddings.create(model="able-embed", input=["a", "b"], encoding_format="float", dimensions=8)
    assert [len(item.embedding) for item in answer.data] == [8, 8]


def test_unknown_parameters_are_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="able", messages=ASKED, extra_body={"foo": 1})
    assert (refused.value.code, refused.value.param) == ("unknown_parameter", "foo")


def test_what_a_model_cannot_do_is_refused_by_name(server: Server) -> None:
    with by_v1(server) as client, pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="demo", messages=ASKED, response_format={"type": "json_object"})
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "response_format")


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_key_is_an_authentication_error(server: Server, way: Callable[[Server], OpenAI]) -> None:
    with way(server).with_options(api_key="wrong") as client, pytest.raises(AuthenticationError) as refused:
        client.chat.completions.create(model="able", messages=ASKED)
    assert refused.value.code == "401"


def test_a_deployment_that_there_is_not_is_not_found(server: Server) -> None:
    for way in (by_endpoint, by_base_url, by_v1):
        with way(server) as client, pytest.raises(NotFoundError) as missing:
            client.chat.completions.create(model="nobody", messages=ASKED)
        assert missing.value.code == "DeploymentNotFound"


def test_a_busy_model_says_when_to_come_back(server: Server) -> None:
    busy: Any = [{"role": "user", "content": "fail"}]
    with by_v1(server) as client, pytest.raises(RateLimitError) as refused:
        client.chat.completions.create(model="able", messages=busy)
    headers = refused.value.response.headers
    assert (headers["retry-after"], headers["retry-after-ms"], refused.value.code) == ("1", "1000", "429")


def test_a_filtered_prompt_says_what_was_found(client: OpenAI) -> None:
    forbidden: Any = [{"role": "user", "content": "forbidden"}]
    with pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="able", messages=forbidden)
    assert (refused.value.code, refused.value.param) == ("content_filter", "prompt")
    body: Any = refused.value.body
    assert body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


def test_deployments_are_listed_as_models(server: Server) -> None:
    for way in (by_endpoint, by_v1):
        with way(server) as client:
            assert {"able", "able-embed"} <= {model.id for model in client.models.list()}
            assert client.models.retrieve("ABLE").id == "able"
            with pytest.raises(NotFoundError):
                client.models.retrieve("nobody")


def test_answers_say_who_gave_them(server: Server) -> None:
    with by_endpoint(server) as client:
        raw = client.chat.completions.with_raw_response.create(model="able", messages=ASKED)
    answer = raw.parse()
    assert answer._request_id == raw.headers["x-request-id"] == raw.headers["apim-request-id"]
    assert raw.headers["x-ms-deployment-name"] == "able"
    assert raw.headers["x-ms-region"] == "local"


async def test_the_asynchronous_client_streams(server: Server) -> None:
    async with AsyncAzureOpenAI(azure_endpoint=server.http, api_key=server.key, api_version=VERSION) as client:
        stream: Any = await client.chat.completions.create(model="able", messages=ASKED, stream=True)
        assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == MILE
