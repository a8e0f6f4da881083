"""LangGraph: an agent with a tool, whose words are streamed."""

import os

from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import tool
from langchain_openai import AzureChatOpenAI

model = AzureChatOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
    azure_deployment="able",
)


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


agent = create_agent(model, [get_weather])
question = {"messages": [{"role": "user", "content": "What is the weather in Seattle?"}]}
answer = agent.invoke(question)["messages"][-1]
print("answer:", answer.content)
print("usage:", answer.usage_metadata["total_tokens"])

said = (message for message, _ in agent.stream(question, stream_mode="messages"))
print("stream:", "".join(message.content for message in said if isinstance(message, AIMessageChunk)))
