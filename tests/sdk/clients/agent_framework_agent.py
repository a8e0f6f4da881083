"""Microsoft Agent Framework: its OpenAI client (responses) and its chat completion client, each with a tool."""

import asyncio
import os

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def main() -> None:
    """Ask each way, whole and streamed."""
    responses = OpenAIChatClient(
        model="able",
        base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
        api_key=os.environ["ZAFFRE_KEY"],
    )
    agent = Agent(responses, "Be exact.", tools=[get_weather])
    print("responses:", (await agent.run("What is the weather in Seattle?")).text)
    stream = agent.run("How many feet are in a mile?", stream=True)
    parts = [update async for update in stream]
    print("stream:", len(parts) > 1, (await stream.get_final_response()).text)

    chat = OpenAIChatCompletionClient(
        model="able",
        azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
        api_key=os.environ["ZAFFRE_KEY"],
        api_version="2024-10-21",
    )
    agent = Agent(chat, "Be exact.", tools=[get_weather])
    print("chat:", (await agent.run("What is the weather in Seattle?")).text)


asyncio.run(main())
