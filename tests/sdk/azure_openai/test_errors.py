"""Each refusal is of the SDK's own class, with the code and the parameter that Azure says."""

from typing import Any

import pytest
from openai import AuthenticationError, BadRequestError, NotFoundError, OpenAI, PermissionDeniedError

from tests.sdk.azure_openai.questions import HOW_LONG, user
from tests.sdk.azure_openai.ways import Way
from tests.sdk.server import Server


def test_a_wrong_key_is_an_authentication_error(way: Way, server: Server) -> None:
    wrong: dict[str, Any] = {"api_key": "wrong"}
    if way.name == "azure_ad_token_provider":
        wrong = {"azure_ad_token_provider": lambda: "wrong"}
    with way.client(server, **wrong) as client, pytest.raises(AuthenticationError) as refused:
        client.chat.completions.create(model="able", messages=HOW_LONG)
    assert refused.value.code == "401"
    assert not isinstance(refused.value, PermissionDeniedError)


def test_a_deployment_that_there_is_not_is_not_found(way: Way, server: Server) -> None:
    with way.client(server, "nobody") as client, pytest.raises(NotFoundError) as missing:
        client.chat.completions.create(model="nobody", messages=HOW_LONG)
    assert missing.value.code == "DeploymentNotFound"


def test_unknown_parameters_are_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="able", messages=HOW_LONG, extra_body={"foo": 1})
    assert (refused.value.code, refused.value.param, refused.value.type) == (
        "unknown_parameter",
        "foo",
        "invalid_request_error",
    )


def test_what_a_model_cannot_do_is_refused_by_name(way: Way, server: Server) -> None:
    with way.client(server, "demo") as client, pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="demo", messages=HOW_LONG, response_format={"type": "json_object"})
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", "response_format")


def test_a_value_out_of_range_is_refused_by_name(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="able", messages=HOW_LONG, temperature=5)
    assert (refused.value.code, refused.value.param) == ("invalid_value", "temperature")


def test_a_message_of_no_known_role_is_refused_where_it_stands(client: OpenAI) -> None:
    messages: Any = [*HOW_LONG, {"role": "oracle", "content": "?"}]
    with pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="able", messages=messages)
    assert refused.value.param.startswith("messages[1]")


def test_an_embedding_model_does_not_chat(embedder: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        embedder.chat.completions.create(model="able-embed", messages=HOW_LONG)
    assert refused.value.code == "OperationNotSupported"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_filtered_prompt_says_what_was_found(client: OpenAI, stream: bool) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.chat.completions.create(model="able", messages=user("forbidden"), stream=stream)
    assert (refused.value.code, refused.value.param) == ("content_filter", "prompt")
    body: Any = refused.value.body
    assert body["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    assert body["innererror"]["content_filter_result"]["violence"] == {"filtered": True, "severity": "medium"}
