"""LangChain's Azure package on v1 and on a project: chat, a stream, a tool and embeddings.

A project endpoint takes https addresses and tokens only: start the server with --dev-tls. Here the token is the key.
"""

import os
import time

from azure.core.credentials import AccessToken
from langchain_azure_ai.chat_models import AzureAIOpenAIApiChatModel
from langchain_azure_ai.embeddings import AzureAIOpenAIApiEmbeddingsModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool


class KeyAsToken:
    """What `DefaultAzureCredential()` is replaced with."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """The key, for an hour."""
        return AccessToken(os.environ["ZAFFRE_KEY"], int(time.time()) + 3600)


by_endpoint = AzureAIOpenAIApiChatModel(
    endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
    credential=os.environ["ZAFFRE_KEY"],
    model="able",
)
by_project = AzureAIOpenAIApiChatModel(
    project_endpoint=os.environ["ZAFFRE_TLS_ENDPOINT"] + "/api/projects/anything",
    credential=KeyAsToken(),
    model="able",
)


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


for name, model in (("endpoint", by_endpoint), ("project", by_project)):
    answer = model.invoke("How many feet are in a mile?")
    print(f"{name} answer:", answer.text, answer.usage_metadata["total_tokens"])
    print(f"{name} stream:", "".join(chunk.text for chunk in model.stream("How many feet are in a mile?")))
    with_tools = model.bind_tools([get_weather])
    messages = [HumanMessage("What is the weather in Seattle?")]
    asked = with_tools.invoke(messages)
    call = asked.tool_calls[0]
    messages += [asked, ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])]
    print(f"{name} tool:", with_tools.invoke(messages).text)

embeddings = AzureAIOpenAIApiEmbeddingsModel(
    endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1",
    credential=os.environ["ZAFFRE_KEY"],
    model="demo-embed",
    # The texts themselves, not the token ids of some OpenAI model.
    check_embedding_ctx_length=False,
)
vectors = embeddings.embed_documents(["first phrase", "second phrase"])
print("embeddings:", len(vectors), len(vectors[0]))
