"""`azure-ai-inference`, the SDK that the Inference API was made for: chat, streams, tools, structured output, info."""

import asyncio
import json

import pytest
from azure.ai.inference import (
    ChatCompletionsClient,
    EmbeddingsClient,
    ImageEmbeddingsClient,
    load_client,
)
from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolCall,
    ChatCompletionsToolChoicePreset,
    ChatCompletionsToolDefinition,
    CompletionsFinishReason,
    FunctionCall,
    FunctionDefinition,
    ImageContentItem,
    ImageUrl,
    JsonSchemaFormat,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from tests.sdk.server import Server

MILE = UserMessage("How many feet are in a mile?")
GET_WEATHER = ChatCompletionsToolDefinition(
    function=FunctionDefinition(
        name="get_weather",
        description="The weather in a city",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    )
)
DISTANCES = {
    "type": "object",
    "properties": {
        "from": {"enum": ["Seattle", "Portland"]},
        "miles": {"type": "integer"},
    },
    "required": ["from", "miles"],
    "additionalProperties": False,
}


def chat_client(server: Server, model: str = "demo", **options: object) -> ChatCompletionsClient:
    return ChatCompletionsClient(f"{server.http}/models", AzureKeyCredential(server.key), model=model, **options)


def single_model_client(server: Server, name: str = "demo") -> ChatCompletionsClient:
    return ChatCompletionsClient(f"{server.http}/deployments/{name}", AzureKeyCredential(server.key))


def test_a_question_is_answered(server: Server) -> None:
    with chat_client(server) as client:
        answer = client.complete(messages=[SystemMessage("You know lengths."), MILE])
    assert answer.choices[0].message.content == "There are 5,280 feet in a mile."
    assert answer.choices[0].finish_reason == CompletionsFinishReason.STOPPED
    assert answer.model == "scripted-chat"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_deployment_is_found_in_any_letter_case_and_at_its_own_address(server: Server) -> None:
    with chat_client(server, "DEMO") as by_name, single_model_client(server, "Demo") as by_address:
        answers = [client.complete(messages=[MILE]) for client in (by_name, by_address)]
    assert [answer.model for answer in answers] == ["scripted-chat", "scripted-chat"]


def test_a_deployment_has_a_host_name_of_its_own(server: Server) -> None:
    host = {"Host": server.http.replace("http://127.0.0.1", "demo.localhost")}
    with ChatCompletionsClient(server.http, AzureKeyCredential(server.key), headers=host) as client:
        assert client.complete(messages=[MILE]).model == "scripted-chat"
        assert client.get_model_info().model_name == "scripted-chat"


def test_the_deployment_header_names_the_deployment(server: Server) -> None:
    header = {"azureml-model-deployment": "Mistral-large"}
    endpoint = f"{server.http}/models"
    with ChatCompletionsClient(endpoint, AzureKeyCredential(server.key), headers=header) as client:
        assert client.complete(messages=[MILE]).model == "mistral-large-2411"


def test_a_stream_joins_to_the_whole_answer(server: Server) -> None:
    with chat_client(server) as client:
        updates = list(client.complete(messages=[MILE], stream=True))
    words = [update.choices[0].delta.content for update in updates]
    assert "".join(words) == "There are 5,280 feet in a mile."
    assert len(words) > 7
    assert updates[-1].choices[0].finish_reason == CompletionsFinishReason.STOPPED
    assert updates[-1].usage.completion_tokens == 7


async def test_the_asynchronous_client_gets_the_same(server: Server) -> None:
    endpoint, credential = f"{server.http}/models", AzureKeyCredential(server.key)
    async with AsyncChatCompletionsClient(endpoint, credential, model="demo") as client:
        answer = await client.complete(messages=[MILE])
        stream = await client.complete(messages=[MILE], stream=True)
        words = [update.choices[0].delta.content async for update in stream]
    assert answer.choices[0].message.content == "".join(words) == "There are 5,280 feet in a mile."


def test_parameters_change_the_answer(server: Server) -> None:
    with chat_client(server) as client:
        cut = client.complete(messages=[MILE], max_tokens=2, temperature=0.2, top_p=0.9, seed=7)
        stopped = client.complete(messages=[MILE], stop=["feet"], frequency_penalty=0.5, presence_penalty=-0.5)
    assert cut.choices[0].message.content == "There are"
    assert cut.choices[0].finish_reason == CompletionsFinishReason.TOKEN_LIMIT_REACHED
    assert stopped.choices[0].message.content == "There are 5,280 "


def test_a_tool_is_called_and_its_result_is_used(server: Server) -> None:
    messages: list[object] = [UserMessage("What is the weather in Seattle?")]
    with chat_client(server) as client:
        asked = client.complete(messages=messages, tools=[GET_WEATHER]).choices[0]
        assert asked.finish_reason == CompletionsFinishReason.TOOL_CALLS
        call = asked.message.tool_calls[0]
        assert call.function.name == "get_weather"
        assert json.loads(call.function.arguments) == {"city": "Seattle"}
        messages += [AssistantMessage(tool_calls=asked.message.tool_calls), ToolMessage("Sunny", tool_call_id=call.id)]
        answer = client.complete(messages=messages, tools=[GET_WEATHER])
    assert answer.choices[0].message.content == "The tool said: Sunny"


def test_a_tool_call_is_streamed(server: Server) -> None:
    """The SDK's own way to gather a streamed call: later fragments never blank the name or the id."""
    call_id = name = arguments = ""
    with chat_client(server) as client:
        asked = client.complete(messages=[UserMessage("What is the weather?")], tools=[GET_WEATHER], stream=True)
        for update in asked:
            if update.choices[0].delta.tool_calls is not None:
                fragment = update.choices[0].delta.tool_calls[0]
                call_id = call_id if fragment.id is None else fragment.id
                name = name if fragment.function.name is None else fragment.function.name
                arguments += fragment.function.arguments or ""
        call = ChatCompletionsToolCall(id=call_id, function=FunctionCall(name=name, arguments=arguments))
        history = [AssistantMessage(tool_calls=[call]), ToolMessage("Sunny", tool_call_id=call_id)]
        answer = client.complete(messages=history, tools=[GET_WEATHER], stream=True)
        text = "".join(update.choices[0].delta.content for update in answer)
    assert (name, json.loads(arguments)) == ("get_weather", {"city": "Seattle"})
    assert text == "The tool said: Sunny"


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        (ChatCompletionsToolChoicePreset.NONE, CompletionsFinishReason.STOPPED),
        (ChatCompletionsToolChoicePreset.REQUIRED, CompletionsFinishReason.TOOL_CALLS),
        (
            ChatCompletionsNamedToolChoice(function=ChatCompletionsNamedToolChoiceFunction(name="get_weather")),
            CompletionsFinishReason.TOOL_CALLS,
        ),
    ],
)
def test_the_caller_chooses_whether_a_tool_is_called(server: Server, choice: object, reason: object) -> None:
    with chat_client(server) as client:
        answer = client.complete(messages=[UserMessage("Hello")], tools=[GET_WEATHER], tool_choice=choice)
    assert answer.choices[0].finish_reason == reason


def test_an_answer_fits_the_schema_that_was_asked_for(server: Server) -> None:
    wanted = JsonSchemaFormat(name="distances", schema=DISTANCES, description="Distances", strict=True)
    with chat_client(server, "able") as client:
        answer = client.complete(messages=[UserMessage("How far?")], response_format=wanted)
        plain = client.complete(messages=[UserMessage("How far? In JSON.")], response_format="json_object")
    assert json.loads(answer.choices[0].message.content) == {"from": "Seattle", "miles": 1}
    assert isinstance(json.loads(plain.choices[0].message.content), dict)


def test_a_picture_is_looked_at(server: Server) -> None:
    picture = ImageContentItem(image_url=ImageUrl(url="data:image/png;base64,iVBORw0KGgo="))
    with chat_client(server) as client:
        answer = client.complete(messages=[UserMessage([TextContentItem(text="What is this?"), picture])])
    assert answer.choices[0].message.content == "Balls being juggled."


def test_model_extras_reach_the_model(server: Server) -> None:
    with chat_client(server) as client:
        answer = client.complete(messages=[MILE], model_extras={"n": 2, "logprobs": True})
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[0]["logprobs"]["content"][0]["token"]


def test_an_unknown_parameter_is_refused_or_dropped_as_the_header_says(server: Server) -> None:
    body = {"model": "demo", "messages": [{"role": "user", "content": "Hello"}], "safe_prompt": True}
    with chat_client(server) as client:
        with pytest.raises(HttpResponseError, match=r"\['safe_prompt'\] are not allowed") as refused:
            client.complete(body)
        answer = client.complete(body, headers={"extra-parameters": "drop"})
    assert refused.value.status_code == 400
    assert answer.choices[0].message.content == "You said: Hello"


@pytest.mark.parametrize("version", ["2024-05-01-preview", "2025-04-01", "2031-01-01"])
def test_any_api_version_is_accepted(server: Server, version: str) -> None:
    with chat_client(server, api_version=version) as client:
        assert client.complete(messages=[MILE]).choices


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("able", ChatCompletionsClient),
        ("able-embed", EmbeddingsClient),
        ("able-image", ImageEmbeddingsClient),
        ("demo", ChatCompletionsClient),
        ("demo-embed", EmbeddingsClient),
    ],
)
def test_load_client_makes_the_client_that_fits_the_model(server: Server, name: str, kind: type) -> None:
    client = load_client(f"{server.http}/deployments/{name}", AzureKeyCredential(server.key))
    assert isinstance(client, kind)
    client.close()


def test_model_info_tells_what_is_deployed(server: Server) -> None:
    with single_model_client(server, "Mistral-large") as chat:
        info = chat.get_model_info()
    assert (info.model_name, info.model_type, info.model_provider_name) == (
        "mistral-large-2411",
        "chat-completion",
        "Mistral AI",
    )
    endpoint, credential = f"{server.http}/deployments/demo-image", AzureKeyCredential(server.key)
    with ImageEmbeddingsClient(endpoint, credential) as images:
        assert images.get_model_info().model_name == "scripted-image-embed"


async def test_fifty_calls_at_once_are_each_answered(server: Server) -> None:
    endpoint, credential = f"{server.http}/models", AzureKeyCredential(server.key)
    async with AsyncChatCompletionsClient(endpoint, credential, model="demo") as client:

        async def ask(number: int) -> str:
            answer = await client.complete(messages=[UserMessage(f"Number {number}")])
            return answer.choices[0].message.content

        async def hear(number: int) -> str:
            stream = await client.complete(messages=[UserMessage(f"Number {number}")], stream=True)
            return "".join([update.choices[0].delta.content async for update in stream])

        calls = [ask(number) if number % 2 else hear(number) for number in range(50)]
        answers = await asyncio.gather(*calls)
    assert answers == [f"You said: Number {number}" for number in range(50)]


async def test_a_stream_that_is_given_up_halfway_harms_nobody(server: Server) -> None:
    endpoint, credential = f"{server.http}/models", AzureKeyCredential(server.key)
    async with AsyncChatCompletionsClient(endpoint, credential, model="demo") as client:
        for _ in range(5):
            stream = await client.complete(messages=[UserMessage("slow")], stream=True)
            async for update in stream:
                if update.choices[0].delta.content == "one":
                    break
            await stream.aclose()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.complete(messages=[UserMessage("slow")]), timeout=0.2)
        answer = await client.complete(messages=[MILE])
    assert answer.choices[0].message.content == "There are 5,280 feet in a mile."
