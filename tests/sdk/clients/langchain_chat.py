"""LangChain: chat, a stream, a tool, structured output and embeddings, over `langchain-azure-ai[v1]`."""

import os

from langchain_azure_ai.chat_models.inference import AzureAIChatCompletionsModel
from langchain_azure_ai.embeddings.inference import AzureAIEmbeddingsModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

model = AzureAIChatCompletionsModel(
    endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/models",
    credential=os.environ["ZAFFRE_KEY"],
    model="able",
)
print("answer:", model.invoke("How many feet are in a mile?").content)
print("stream:", "".join(chunk.content for chunk in model.stream("How many feet are in a mile?")))


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


with_tools = model.bind_tools([get_weather])
messages = [HumanMessage("What is the weather in Seattle?")]
asked = with_tools.invoke(messages)
call = asked.tool_calls[0]
messages += [asked, ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])]
print("tool:", with_tools.invoke(messages).content)


class Distance(BaseModel):
    """How far two cities are apart."""

    city: str
    miles: int


print("structured:", model.with_structured_output(Distance).invoke("How far is Portland?"))

embeddings = AzureAIEmbeddingsModel(
    endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/models",
    credential=os.environ["ZAFFRE_KEY"],
    model="demo-embed",
)
vectors = embeddings.embed_documents(["first phrase", "second phrase"])
print("embeddings:", len(vectors), len(vectors[0]))
