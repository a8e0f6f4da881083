"""AG2: an agent with a tool, over chat completions and over responses, whole and streamed."""

import asyncio
import os

from ag2 import Agent
from ag2.config.openai.config import OpenAIConfig, OpenAIResponsesConfig
from ag2.tools import tool

V1 = {"base_url": os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1", "api_key": os.environ["ZAFFRE_KEY"]}


@tool
async def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def main() -> None:
    """Ask each way."""
    chat = Agent("chat", "Be exact.", config=OpenAIConfig("able", **V1))
    reply = await chat.ask("How many feet are in a mile?")
    print("answer:", await reply.content())

    streamed = Agent("streamed", "Be exact.", config=OpenAIConfig("able", streaming=True, **V1), tools=[get_weather])
    print("tool:", await (await streamed.ask("What is the weather in Seattle?")).content())

    config = OpenAIResponsesConfig("able", streaming=True, **V1)
    responses = Agent("responses", "Be exact.", config=config, tools=[get_weather])
    print("responses:", await (await responses.ask("What is the weather in Seattle?")).content())


asyncio.run(main())
