"""Content filters, as published clients meet them: a server of its own, its filters at work."""

import json
from collections.abc import Iterator

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import CompletionsFinishReason, UserMessage
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from openai import AzureOpenAI, BadRequestError, OpenAI

from tests.sdk.server import FILES, Server, running

TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = FILES.parent / "filtered_files" / "zaffre.yaml"
    with running(tmp_path_factory.mktemp("filtered"), config) as started:
        yield started


@pytest.fixture
def inference(filtered: Server) -> Iterator[ChatCompletionsClient]:
    credential = AzureKeyCredential(filtered.key)
    with ChatCompletionsClient(f"{filtered.http}/models", credential, model="demo") as client:
        yield client


@pytest.fixture(params=["azure", "v1"])
def openai(filtered: Server, request: pytest.FixtureRequest) -> Iterator[OpenAI]:
    if request.param == "azure":
        made: OpenAI = AzureOpenAI(
            azure_endpoint=filtered.http, api_key=filtered.key, api_version="2024-10-21", max_retries=0
        )
    else:
        made = OpenAI(base_url=f"{filtered.http}/openai/v1", api_key=filtered.key, max_retries=0)
    with made as client:
        yield client


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize("stream", [False, True])
def test_the_references_code_works(
    inference: ChatCompletionsClient, stream: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code that Microsoft's reference prints for filtered prompts."""
    try:
        inference.complete(messages=[UserMessage("A nightjar")], stream=stream)
    except HttpResponseError as ex:
        if ex.status_code == 400:
            response = json.loads(ex.response._content.decode("utf-8"))
            if isinstance(response, dict) and "error" in response:
                print(
                    f"Your request triggered an {response['error']['code']} error:\n\t {response['error']['message']}"
                )
            else:
                raise
        else:
            raise
    assert capsys.readouterr().out == (
        "Your request triggered an content_filter error:\n\t The response was filtered due to the prompt triggering "
        "Microsoft's content management policy. Please modify your prompt and retry.\n"
    )


def test_a_filtered_prompt_has_its_code_where_clients_look(inference: ChatCompletionsClient) -> None:
    with pytest.raises(HttpResponseError) as caught:
        inference.complete(messages=[UserMessage("NJ-1234")])
    assert caught.value.error is not None
    assert caught.value.error.code == "content_filter"
    found = caught.value.response.json()["error"]["innererror"]["content_filter_result"]  # type: ignore[union-attr]
    assert found["custom_blocklists"] == {"filtered": True, "details": [{"id": "words", "filtered": True}]}


def test_embeddings_inputs_are_checked(filtered: Server) -> None:
    credential = AzureKeyCredential(filtered.key)
    with EmbeddingsClient(f"{filtered.http}/models", credential, model="embed") as client:
        assert len(client.embed(input=["a warbler"]).data) == 1
        with pytest.raises(HttpResponseError) as caught:
            client.embed(input=["a warbler", "a nightjar"])
    assert caught.value.status_code == 400


@pytest.mark.parametrize("model", ["demo", "quick"])
def test_a_filtered_answer_ends_with_that_reason(inference: ChatCompletionsClient, model: str) -> None:
    whole = inference.complete(messages=[UserMessage("bird")], model=model)
    assert whole.choices[0].finish_reason == CompletionsFinishReason.CONTENT_FILTERED
    assert whole.choices[0].message.content == ""
    # Every chunk has a choice with a delta: loops that look for one go on.
    chunks = list(inference.complete(messages=[UserMessage("bird")], model=model, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == CompletionsFinishReason.CONTENT_FILTERED
    assert text.startswith("All was quiet in the reeds")
    assert ("nightjar" in text) <= (model == "quick")


def test_personal_data_is_masked(inference: ChatCompletionsClient) -> None:
    answer = inference.complete(messages=[UserMessage("address")])
    assert answer.choices[0].message.content == "Write to ********************, please."


def test_openais_clients_raise_what_they_raise_for_azure(openai: OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(BadRequestError) as caught:
            openai.chat.completions.create(model="demo", messages=said("A nightjar"), stream=stream)  # type: ignore[call-overload]
        assert (caught.value.code, caught.value.param) == ("content_filter", "prompt")


def test_openais_clients_keep_annotations(openai: OpenAI) -> None:
    answer = openai.chat.completions.create(model="demo", messages=said("A warbler"))  # type: ignore[arg-type]
    unharmed = {"filtered": False, "details": []}
    [prompt] = answer.model_extra["prompt_filter_results"]  # type: ignore[index]
    assert prompt["content_filter_results"]["custom_blocklists"] == unharmed
    found = answer.choices[0].model_extra["content_filter_results"]  # type: ignore[index]
    assert found["custom_blocklists"] == unharmed


@pytest.mark.parametrize("model", ["demo", "quick"])
def test_openais_helper_adds_up_streams_with_annotations(openai: OpenAI, model: str) -> None:
    with openai.chat.completions.stream(model=model, messages=said("A warbler sang.")) as stream:  # type: ignore[arg-type]
        for event in stream:
            if event.type == "chunk":
                assert all(choice.delta is not None for choice in event.chunk.choices)
        final = stream.get_final_completion()
    assert final.choices[0].message.content == "You said: A warbler sang."
    assert final.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("model", ["demo", "quick"])
def test_arguments_of_tool_calls_are_checked(openai: OpenAI, model: str) -> None:
    stream = openai.chat.completions.create(
        model=model,
        messages=said("The weather?"),  # type: ignore[arg-type]
        tools=TOOLS,  # type: ignore[arg-type]
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    # The other model's text is shown before it is checked.
    assert model != "demo" or "Nightjar" not in "".join(
        call.function.arguments or "" for call in calls if call.function
    )
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1] == "content_filter"
    assert chunks[-1].usage is not None


def test_a_filtered_response_is_incomplete_and_lists_its_filters(filtered: Server) -> None:
    with OpenAI(base_url=f"{filtered.http}/openai/v1", api_key=filtered.key, max_retries=0) as client:
        response = client.responses.create(model="demo", input="bird")
        assert (response.status, response.incomplete_details.reason) == ("incomplete", "content_filter")  # type: ignore[union-attr]
        prompt, completion = response.model_extra["content_filters"]  # type: ignore[index]
        assert (prompt["blocked"], completion["blocked"]) == (False, True)
        with pytest.raises(BadRequestError) as caught:
            client.responses.create(model="demo", input="A nightjar")
    assert caught.value.code == "content_filter"


def test_a_deployment_whose_filter_is_off_says_what_it_likes(openai: OpenAI) -> None:
    answer = openai.chat.completions.create(model="open", messages=said("A nightjar"))  # type: ignore[arg-type]
    assert answer.choices[0].message.content == "You said: A nightjar"
    assert "prompt_filter_results" not in (answer.model_extra or {})
