"""Microsoft Agent Framework: its OpenAI client (responses) and its chat completion client, each with a tool."""

import asyncio
import os

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient

responses = OpenAIChatClient(
    model="able",
    base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
    api_key=os.environ["ZAFFRE_KEY"],
)
chat = OpenAIChatCompletionClient(
    model="able",
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def main() -> None:
    """Ask each way, whole and streamed."""
    for name, client in (("responses", responses), ("chat", chat)):
        agent = Agent(client, "Be exact.", tools=[get_weather])
        told = await agent.run("What is the weather in Seattle?")
        print(f"{name} tool:", told.text)
        print(f"{name} usage:", told.usage_details["total_token_count"])
        stream = agent.run("How many feet are in a mile?", stream=True)
        updates = [update async for update in stream]
        print(f"{name} stream:", len(updates) > 1, (await stream.get_final_response()).text)


asyncio.run(main())
