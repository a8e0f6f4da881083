"""LlamaIndex on Azure OpenAI: chat, a stream, an agent with a tool, and embeddings."""

import asyncio
import os

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.azure_openai import AzureOpenAIEmbedding
from llama_index.llms.azure_openai import AzureOpenAI

llm = AzureOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
    engine="able",
    model="gpt-4o",
)
question = [ChatMessage(role="user", content="How many feet are in a mile?")]
answer = llm.chat(question)
print("answer:", answer.message.content)
print("usage:", answer.raw.usage.total_tokens)
print("stream:", "".join(chunk.delta for chunk in llm.stream_chat(question)))


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def ask() -> str:
    """The agent's answer."""
    agent = FunctionAgent(tools=[get_weather], llm=llm)
    return str(await agent.run("What is the weather in Seattle?"))


print("agent:", asyncio.run(ask()))

embedding = AzureOpenAIEmbedding(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
    deployment_name="able-embed",
    model="text-embedding-3-small",
)
vectors = embedding.get_text_embedding_batch(["first phrase", "second phrase"])
print("embeddings:", len(vectors), len(vectors[0]))
