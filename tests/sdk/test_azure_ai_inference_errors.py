"""`azure-ai-inference`: what callers see when the server says no, and what the SDK then does by itself."""

import json

import pytest
from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import CompletionsFinishReason, UserMessage
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.pipeline import PipelineResponse

from tests.sdk.server import Server


def chat_client(server: Server, key: str | None = None, **options: object) -> ChatCompletionsClient:
    credential = AzureKeyCredential(server.key if key is None else key)
    return ChatCompletionsClient(f"{server.http}/models", credential, **{"model": "demo", **options})


def ask(client: ChatCompletionsClient, text: str, **options: object) -> object:
    return client.complete(messages=[UserMessage(text)], **options)


def test_the_references_code_for_unsupported_parameters_works(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reference joins `loc` of each item in `detail`, and shows its `input`."""
    client = chat_client(server)
    try:
        ask(client, "How many languages are in the world?", response_format="json_object")
    except HttpResponseError as ex:
        if ex.status_code != 422:
            raise
        response = json.loads(ex.response._content.decode("utf-8"))
        if isinstance(response, dict) and "detail" in response:
            for offending in response["detail"]:
                param = ".".join(offending["loc"])
                value = offending["input"]
                print(f"The model doesn't support the parameter '{param}' with value '{value}'")
    said = "The model doesn't support the parameter 'body.response_format' with value '{'type': 'json_object'}'\n"
    assert capsys.readouterr().out == said


def test_the_references_code_for_filtered_prompts_works(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """The reference reads `code` and `message` inside `error`."""
    client = chat_client(server)
    try:
        ask(client, "forbidden")
    except HttpResponseError as ex:
        if ex.status_code != 400:
            raise
        response = json.loads(ex.response._content.decode("utf-8"))
        if isinstance(response, dict) and "error" in response:
            print(f"Your request triggered an {response['error']['code']} error:\n\t {response['error']['message']}")
    said = capsys.readouterr().out
    assert said.startswith("Your request triggered an content_filter error:\n\t The response was filtered due to ")


@pytest.mark.parametrize("stream", [False, True])
def test_a_filtered_prompt_is_an_error_also_for_a_stream(server: Server, stream: bool) -> None:
    with chat_client(server) as client, pytest.raises(HttpResponseError) as caught:
        ask(client, "forbidden", stream=stream)
    assert caught.value.status_code == 400
    assert caught.value.error.code == "content_filter"
    assert "innererror" in caught.value.response.json()["error"]


def test_a_filtered_answer_ends_with_that_reason(server: Server) -> None:
    with chat_client(server) as client:
        whole = ask(client, "unfinished")
        last = list(ask(client, "unfinished", stream=True))[-1]
    assert whole.choices[0].finish_reason == CompletionsFinishReason.CONTENT_FILTERED
    assert last.choices[0].finish_reason == CompletionsFinishReason.CONTENT_FILTERED


def test_a_wrong_key_is_an_authentication_error(server: Server) -> None:
    with chat_client(server, "wrong") as client, pytest.raises(ClientAuthenticationError) as caught:
        ask(client, "Hello")
    assert caught.value.status_code == 401
    assert "auth token validation failed" in caught.value.message.lower()
    assert caught.value.response.headers["x-ms-error-code"] == "Unauthorized"


def test_one_good_header_of_the_two_is_enough(server: Server) -> None:
    with chat_client(server, "", headers={"api-key": server.key}) as client:
        assert ask(client, "Hello").choices


def test_an_unknown_deployment_is_not_found(server: Server) -> None:
    with chat_client(server, model="nobody") as client, pytest.raises(ResourceNotFoundError) as caught:
        ask(client, "Hello")
    assert caught.value.error.code == "unknown_model"


def test_a_request_without_a_deployment_says_so(server: Server) -> None:
    with chat_client(server, model=None) as client, pytest.raises(HttpResponseError) as caught:
        ask(client, "Hello")
    assert (caught.value.status_code, caught.value.error.code) == (400, "no_model_name")


def test_values_out_of_range_are_named(server: Server) -> None:
    with chat_client(server) as client, pytest.raises(HttpResponseError) as caught:
        ask(client, "Hello", temperature=9, max_tokens=-1)
    detail = caught.value.response.json()["detail"]
    assert caught.value.status_code == 422
    assert {".".join(item["loc"]): item["input"] for item in detail} == {"body.temperature": 9, "body.max_tokens": -1}


def test_a_busy_model_is_asked_again_after_the_time_it_names(server: Server) -> None:
    """With Retry-After the SDK sends the same request again: three times unless told otherwise."""
    answers: list[int] = []

    def count(response: PipelineResponse) -> None:
        answers.append(response.http_response.status_code)

    with chat_client(server, retry_total=1) as client, pytest.raises(HttpResponseError) as caught:
        ask(client, "fail", raw_response_hook=count)
    assert answers == [429, 429]
    assert caught.value.response.headers["retry-after"] == "1"


def test_a_request_id_is_given_and_the_callers_own_is_echoed(server: Server) -> None:
    headers: dict[str, str] = {}

    def look(response: PipelineResponse) -> None:
        headers.update(response.http_response.headers)

    with chat_client(server) as client:
        ask(client, "Hello", raw_response_hook=look, headers={"x-ms-client-request-id": "my-own"})
    assert headers["x-ms-client-request-id"] == "my-own"
    assert headers["x-ms-request-id"]
    assert headers["apim-request-id"]


def test_a_connection_that_breaks_mid_stream_is_seen(server: Server) -> None:
    heard = []
    with chat_client(server) as client, pytest.raises(HttpResponseError, match="ended prematurely"):
        heard.extend(update.choices[0].delta.content for update in ask(client, "cut", stream=True))
    assert "one" in "".join(heard)


class KeyAsToken:
    """A token credential whose token is the key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(self._key, 2**31)


def test_a_token_is_sent_over_https_only(server: Server) -> None:
    token = KeyAsToken(server.key)
    with ChatCompletionsClient(f"{server.http}/models", token, model="demo") as plain:
        with pytest.raises(ServiceRequestError, match="not permitted for non-TLS"):
            ask(plain, "Hello")
        assert ask(plain, "Hello", enforce_https=False).choices
    trust = {"connection_verify": str(server.authority)}
    with ChatCompletionsClient(f"{server.https}/models", token, model="demo", **trust) as secure:
        assert ask(secure, "Hello").choices
