"""Semantic Kernel: chat, a stream, an automatic tool loop and embeddings, over its Azure AI Inference connector.

It takes https addresses only: start the server with --dev-tls.
"""

import asyncio
import os
from typing import Annotated

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.azure_ai_inference import (
    AzureAIInferenceChatCompletion,
    AzureAIInferenceChatPromptExecutionSettings,
    AzureAIInferenceTextEmbedding,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function


class Weather:
    """What the model may call."""

    @kernel_function
    def get_weather(self, city: Annotated[str, "The city"]) -> str:
        """The weather in a city."""
        return f"Sunny in {city}"


async def main() -> None:
    """Ask, listen, let a tool be called, embed."""
    chat = AzureAIInferenceChatCompletion(
        ai_model_id="able",
        endpoint=os.environ["ZAFFRE_TLS_ENDPOINT"] + "/models",
        api_key=os.environ["ZAFFRE_KEY"],
    )
    settings = AzureAIInferenceChatPromptExecutionSettings()
    history = ChatHistory()
    history.add_user_message("How many feet are in a mile?")
    print("answer:", await chat.get_chat_message_content(history, settings))
    print("stream:", "".join([str(part) async for part in chat.get_streaming_chat_message_content(history, settings)]))

    kernel = Kernel()
    kernel.add_plugin(Weather(), "weather")
    settings.function_choice_behavior = FunctionChoiceBehavior.Auto()
    history.add_user_message("What is the weather in Seattle?")
    print("tool:", await chat.get_chat_message_content(history, settings, kernel=kernel))

    embedding = AzureAIInferenceTextEmbedding(
        ai_model_id="demo-embed",
        endpoint=os.environ["ZAFFRE_TLS_ENDPOINT"] + "/models",
        api_key=os.environ["ZAFFRE_KEY"],
    )
    vectors = await embedding.generate_embeddings(["first phrase", "second phrase"])
    print("embeddings:", len(vectors), len(vectors[0]))


asyncio.run(main())
