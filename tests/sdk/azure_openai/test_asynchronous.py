"""The clients of coroutines: the same requests, other code behind them."""

import json
from typing import Any

import pytest
from openai import AsyncOpenAI, NotFoundError
from pydantic import BaseModel

from tests.sdk.azure_openai.questions import HOW_LONG, MILE, TOOLS, WEATHER, user
from tests.sdk.azure_openai.ways import Way
from tests.sdk.server import Server


class Distance(BaseModel):
    """How far something is."""

    miles: int


async def test_a_question_is_answered(asynchronous: AsyncOpenAI) -> None:
    answer = await asynchronous.chat.completions.create(model="able", messages=HOW_LONG)
    assert answer.choices[0].message.content == MILE


async def test_an_answer_is_parsed_into_what_was_asked_for(asynchronous: AsyncOpenAI) -> None:
    asked: Any = {"model": "able", "messages": user("How far?"), "response_format": Distance}
    answer = await asynchronous.chat.completions.parse(**asked)
    assert answer.choices[0].message.parsed == Distance(miles=1)


async def test_a_stream_ends_with_the_usage_that_was_asked_for(asynchronous: AsyncOpenAI) -> None:
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    stream = await asynchronous.chat.completions.create(model="able", messages=HOW_LONG, **options)
    *chunks, last = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == MILE
    assert (last.choices, last.usage.completion_tokens) == ([], 7)


async def test_the_stream_helper_puts_a_tool_call_together(asynchronous: AsyncOpenAI) -> None:
    async with asynchronous.chat.completions.stream(model="able", messages=WEATHER, tools=TOOLS) as stream:
        choice = (await stream.get_final_completion()).choices[0]
    assert json.loads(choice.message.tool_calls[0].function.arguments) == {"city": "Seattle"}


async def test_models_are_listed(asynchronous: AsyncOpenAI) -> None:
    assert "able" in {model.id async for model in asynchronous.models.list()}


async def test_texts_are_embedded(way: Way, server: Server) -> None:
    async with way.asynchronous(server, "demo-embed", _strict_response_validation=False) as client:
        answer = await client.embeddings.create(model="demo-embed", input=["first", "second"])
    assert [len(item.embedding) for item in answer.data] == [16, 16]


async def test_a_deployment_that_there_is_not_is_not_found(way: Way, server: Server) -> None:
    async with way.asynchronous(server, "nobody") as client:
        with pytest.raises(NotFoundError) as missing:
            await client.chat.completions.create(model="nobody", messages=HOW_LONG)
    assert missing.value.code == "DeploymentNotFound"
