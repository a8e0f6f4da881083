"""A busy model says when to come back, and the SDK comes back then."""

import time

import pytest
from openai import OpenAI, RateLimitError

from tests.sdk.azure_openai.questions import user
from tests.sdk.azure_openai.ways import BY_ENDPOINT, BY_V1, Way
from tests.sdk.server import Server


def refusal(client: OpenAI) -> RateLimitError:
    """What a client raises whose model is always busy, after all the tries it was allowed."""
    with client, pytest.raises(RateLimitError) as refused:
        client.chat.completions.create(model="able", messages=user("fail"))
    return refused.value


@pytest.mark.parametrize("way", [BY_ENDPOINT, BY_V1], ids=lambda way: way.name)
def test_a_busy_model_says_when_to_come_back(way: Way, server: Server) -> None:
    refused = refusal(way.client(server))
    headers = refused.response.headers
    assert (headers["retry-after"], headers["retry-after-ms"], refused.code) == ("1", "1000", "429")


@pytest.mark.parametrize("way", [BY_ENDPOINT, BY_V1], ids=lambda way: way.name)
def test_the_client_comes_back_as_often_as_it_may_and_not_before_it_was_told(way: Way, server: Server) -> None:
    begun = time.monotonic()
    refused = refusal(way.client(server, max_retries=1))
    assert refused.request.headers["x-stainless-retry-count"] == "1"
    assert time.monotonic() - begun >= 1
