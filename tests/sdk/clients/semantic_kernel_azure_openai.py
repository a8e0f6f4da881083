"""Semantic Kernel's Azure OpenAI connector: chat, a stream, an automatic tool loop and embeddings.

It takes https addresses only: start the server with --dev-tls.
"""

import asyncio
import os
from typing import Annotated

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    AzureChatCompletion,
    AzureChatPromptExecutionSettings,
    AzureTextEmbedding,
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
    chat = AzureChatCompletion(
        deployment_name="able",
        endpoint=os.environ["ZAFFRE_TLS_ENDPOINT"],
        api_key=os.environ["ZAFFRE_KEY"],
    )
    settings = AzureChatPromptExecutionSettings()
    history = ChatHistory()
    history.add_user_message("How many feet are in a mile?")
    answer = await chat.get_chat_message_content(history, settings)
    print("answer:", answer)
    print("usage:", answer.metadata["usage"].completion_tokens)
    print("stream:", "".join([str(part) async for part in chat.get_streaming_chat_message_content(history, settings)]))

    kernel = Kernel()
    kernel.add_plugin(Weather(), "weather")
    settings.function_choice_behavior = FunctionChoiceBehavior.Auto()
    history.add_user_message("What is the weather in Seattle?")
    print("tool:", await chat.get_chat_message_content(history, settings, kernel=kernel))

    embedding = AzureTextEmbedding(
        deployment_name="able-embed",
        endpoint=os.environ["ZAFFRE_TLS_ENDPOINT"],
        api_key=os.environ["ZAFFRE_KEY"],
    )
    vectors = await embedding.generate_embeddings(["first phrase", "second phrase"])
    print("embeddings:", len(vectors), len(vectors[0]))


asyncio.run(main())
