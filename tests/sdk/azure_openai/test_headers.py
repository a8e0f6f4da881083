"""Header fields that users of Azure read."""

import pytest
from openai import AuthenticationError, OpenAI

from tests.sdk.azure_openai.questions import HOW_LONG
from tests.sdk.azure_openai.ways import BY_ENDPOINT
from tests.sdk.server import Server


def test_an_answer_says_who_gave_it_and_where(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="able", messages=HOW_LONG)
    assert raw.headers["x-ms-deployment-name"] == "able"
    assert raw.headers["x-ms-region"] == "local"
    assert raw.headers["content-type"] == "application/json"


def test_an_answer_has_an_id_of_its_own(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="able", messages=HOW_LONG)
    other = client.chat.completions.create(model="able", messages=HOW_LONG)
    assert raw.parse()._request_id == raw.request_id == raw.headers["x-request-id"] == raw.headers["apim-request-id"]
    assert other._request_id not in (None, raw.request_id)


def test_the_callers_own_id_comes_back(client: OpenAI) -> None:
    mine = {"x-ms-client-request-id": "mine"}
    raw = client.chat.completions.with_raw_response.create(model="able", messages=HOW_LONG, extra_headers=mine)
    assert raw.headers["x-ms-client-request-id"] == "mine"


def test_a_stream_has_the_same_fields(client: OpenAI) -> None:
    with client.chat.completions.create(model="able", messages=HOW_LONG, stream=True) as stream:
        headers = stream.response.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-ms-deployment-name"] == "able"
    assert headers["x-request-id"] == headers["apim-request-id"]


def test_a_refusal_has_an_id_too(server: Server) -> None:
    with BY_ENDPOINT.client(server, api_key="wrong") as client, pytest.raises(AuthenticationError) as refused:
        client.models.list()
    assert refused.value.request_id == refused.value.response.headers["apim-request-id"]
