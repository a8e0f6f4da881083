"""AutoGen: chat, a stream and an agent with a tool, over `autogen_ext.models.azure`."""

import asyncio
import os

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import ModelFamily, UserMessage
from autogen_ext.models.azure import AzureAIChatCompletionClient
from azure.core.credentials import AzureKeyCredential


async def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def main() -> None:
    """Ask, listen, let an agent use a tool."""
    client = AzureAIChatCompletionClient(
        endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/models",
        credential=AzureKeyCredential(os.environ["ZAFFRE_KEY"]),
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
    print("answer:", (await client.create(question)).content)
    words = [part async for part in client.create_stream(question) if isinstance(part, str)]
    print("stream:", "".join(words))

    agent = AssistantAgent("assistant", client, tools=[get_weather], reflect_on_tool_use=True)
    result = await agent.run(task="What is the weather in Seattle?")
    print("tool:", result.messages[-1].content)
    await client.close()


asyncio.run(main())
