"""What the published SDKs make of a limit that is reached."""

from collections.abc import AsyncIterator

import pytest
from azure.ai.inference.aio import ChatCompletionsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from openai import AsyncAzureOpenAI, AsyncOpenAI, RateLimitError

from tests.api.canned import KEY, Caller, Canned, deployment
from tests.limits.clock import Clock
from tests.net.serving import serving
from zaffre.core.limits import PerWindow
from zaffre.limits.process import InProcess

ASKED = [{"role": "user", "content": "Hi"}]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """A server whose deployment answers one call in a window of ten seconds; the clock stands still at its sixth."""
    limiter = InProcess("demo", PerWindow(1, 10, 1000), Clock(606))
    caller = Caller(deployment("demo", Canned(), limiter=limiter, assumed_tokens=16))
    async with serving(caller.router.answer, "lane") as server:
        yield server.url


def classic(address: str) -> AsyncOpenAI:
    return AsyncAzureOpenAI(azure_endpoint=address, api_key=KEY, api_version="2024-10-21", max_retries=0)


def v1(address: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{address}/openai/v1", api_key=KEY, max_retries=0)


@pytest.mark.parametrize("make", [classic, v1])
async def test_the_openai_sdk_raises_what_it_has_for_limits(address: str, make: type[AsyncOpenAI]) -> None:
    async with make(address) as client:
        answered = await client.chat.completions.with_raw_response.create(model="demo", messages=ASKED)
        assert answered.headers["x-ratelimit-remaining-requests"] == "0"
        with pytest.raises(RateLimitError) as refused:
            await client.chat.completions.create(model="demo", messages=ASKED)
    assert refused.value.code == "429"
    assert refused.value.response.headers["retry-after"] == "4"
    assert refused.value.response.headers["retry-after-ms"] == "4000"


async def test_the_inference_sdk_says_why(address: str) -> None:
    client = ChatCompletionsClient(f"{address}/models", AzureKeyCredential(KEY), retry_total=0)
    async with client:
        await client.complete(model="demo", messages=ASKED)
        with pytest.raises(HttpResponseError) as refused:
            await client.complete(model="demo", messages=ASKED)
    assert refused.value.status_code == 429
    assert refused.value.error is not None
    assert refused.value.error.code == "429"
    assert "Please retry after 4 seconds." in str(refused.value)
