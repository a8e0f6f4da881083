"""Haystack: chat, a stream, an agent with a tool, and embeddings, on Azure OpenAI."""

import os
from typing import Annotated

from haystack.components.agents import Agent
from haystack.components.embedders import AzureOpenAITextEmbedder
from haystack.components.generators.chat import AzureOpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import tool
from haystack.utils import Secret

chat = AzureOpenAIChatGenerator(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=Secret.from_env_var("ZAFFRE_KEY"),
    azure_deployment="able",
)
question = [ChatMessage.from_user("How many feet are in a mile?")]
answer = chat.run(question)["replies"][0]
print("answer:", answer.text)
print("usage:", answer.meta["usage"]["total_tokens"])
parts: list[str] = []
chat.run(question, streaming_callback=lambda chunk: parts.append(chunk.content))
print("stream:", "".join(parts))


@tool
def get_weather(city: Annotated[str, "The city"]) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


agent = Agent(chat_generator=chat, tools=[get_weather])
print("tool:", agent.run([ChatMessage.from_user("What is the weather in Seattle?")])["last_message"].text)

embedder = AzureOpenAITextEmbedder(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=Secret.from_env_var("ZAFFRE_KEY"),
    azure_deployment="demo-embed",
)
print("embeddings:", len(embedder.run("first phrase")["embedding"]))
