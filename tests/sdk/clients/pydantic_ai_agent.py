"""Pydantic AI: an agent with a tool and a typed answer, on Azure OpenAI and on v1."""

import asyncio
import os

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.azure import AzureProvider

azure = AzureProvider(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_version="2024-10-21",
    api_key=os.environ["ZAFFRE_KEY"],
)
v1 = AzureProvider(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
    api_key=os.environ["ZAFFRE_KEY"],
)


class Distance(BaseModel):
    """How far two cities are apart."""

    miles: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def main() -> None:
    """Ask each way."""
    for name, provider in (("azure", azure), ("v1", v1)):
        model = OpenAIChatModel("able", provider=provider)
        answer = await Agent(model).run("How many feet are in a mile?")
        print(f"{name} answer:", answer.output, answer.usage.output_tokens)
        print(f"{name} tool:", (await Agent(model, tools=[get_weather]).run("What is the weather in Seattle?")).output)
        print(f"{name} typed:", (await Agent(model, output_type=Distance).run("How far?")).output)
        async with Agent(model).run_stream("How many feet are in a mile?") as stream:
            print(f"{name} stream:", await stream.get_output())
    responses = OpenAIResponsesModel("able", provider=v1)
    print("responses:", (await Agent(responses, tools=[get_weather]).run("What is the weather in Seattle?")).output)


asyncio.run(main())
