"""AutoGen on Azure OpenAI: chat, a stream and an agent with a tool, over `autogen_ext.models.openai`."""

import asyncio
import os

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import ModelFamily, UserMessage
from autogen_ext.models.openai import AzureOpenAIChatCompletionClient


async def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def main() -> None:
    """Ask, listen, let an agent use a tool."""
    client = AzureOpenAIChatCompletionClient(
        azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
        azure_deployment="able",
        api_key=os.environ["ZAFFRE_KEY"],
        api_version="2024-10-21",
        model="able",
        model_info={
            "family": ModelFamily.UNKNOWN,
            "function_calling": True,
            "json_output": True,
            "structured_output": True,
            "vision": False,
        },
    )
    question = [UserMessage(content="How many feet are in a mile?", source="user")]
    answer = await client.create(question)
    print("answer:", answer.content)
    print("usage:", answer.usage.completion_tokens)
    *words, last = [part async for part in client.create_stream(question, include_usage=True)]
    print("stream:", "".join(words))
    print("stream usage:", last.usage.completion_tokens)

    agent = AssistantAgent("assistant", client, tools=[get_weather], reflect_on_tool_use=True)
    result = await agent.run(task="What is the weather in Seattle?")
    print("tool:", result.messages[-1].content)
    await client.close()


asyncio.run(main())
