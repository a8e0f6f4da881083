"""LangChain's OpenAI package on Azure OpenAI: chat, a stream, a tool, structured output and embeddings."""

import os

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI
from pydantic import BaseModel

model = AzureChatOpenAI(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
    azure_deployment="able",
)
answer = model.invoke("How many feet are in a mile?")
print("answer:", answer.content)
print("usage:", answer.usage_metadata["total_tokens"])
chunks = list(model.stream("How many feet are in a mile?", stream_usage=True))
print("stream:", "".join(chunk.content for chunk in chunks))
print("stream usage:", sum(chunk.usage_metadata["total_tokens"] for chunk in chunks if chunk.usage_metadata))


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

on_v1 = ChatOpenAI(
    base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
    api_key=os.environ["ZAFFRE_KEY"],
    model="able",
)
print("v1:", on_v1.invoke("How many feet are in a mile?").content)

by_responses = ChatOpenAI(
    base_url=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
    api_key=os.environ["ZAFFRE_KEY"],
    model="able",
    use_responses_api=True,
)
print("responses:", by_responses.invoke("How many feet are in a mile?").text)

embeddings = AzureOpenAIEmbeddings(
    azure_endpoint=os.environ["ZAFFRE_ENDPOINT"],
    api_key=os.environ["ZAFFRE_KEY"],
    api_version="2024-10-21",
    azure_deployment="able-embed",
    # The texts themselves, not the token ids of some OpenAI model.
    check_embedding_ctx_length=False,
)
vectors = embeddings.embed_documents(["first phrase", "second phrase"])
print("embeddings:", len(vectors), len(vectors[0]))
