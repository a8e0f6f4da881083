"""LlamaIndex: chat, a stream, a tool and embeddings, over its azure-inference packages."""

import os

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.azure_inference import AzureAIEmbeddingsModel
from llama_index.llms.azure_inference import AzureAICompletionsModel

llm = AzureAICompletionsModel(
    endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/models",
    credential=os.environ["ZAFFRE_KEY"],
    model_name="able",
)
question = [ChatMessage(role="user", content="How many feet are in a mile?")]
print("answer:", llm.chat(question).message.content)
print("stream:", "".join(chunk.delta for chunk in llm.stream_chat(question)))
print("metadata:", llm.metadata.model_name, llm.metadata.is_chat_model)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


weather = FunctionTool.from_defaults(get_weather)
asked = llm.chat_with_tools([weather], user_msg="What is the weather in Seattle?")
call = llm.get_tool_calls_from_response(asked)[0]
print("tool:", call.tool_name, call.tool_kwargs, weather(**call.tool_kwargs).content)

embeddings = AzureAIEmbeddingsModel(
    endpoint=os.environ["ZAFFRE_ENDPOINT"] + "/models",
    credential=os.environ["ZAFFRE_KEY"],
    model_name="demo-embed",
)
vectors = embeddings.get_text_embedding_batch(["first phrase", "second phrase"])
print("embeddings:", len(vectors), len(vectors[0]))
