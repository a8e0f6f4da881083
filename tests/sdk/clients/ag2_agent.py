"""AG2: an agent with a tool, over chat completions and over responses, whole and streamed."""

import asyncio
import os
from collections.abc import Callable

from ag2 import Agent, MemoryStream
from ag2.config.openai.config import OpenAIConfig, OpenAIResponsesConfig
from ag2.events import ModelMessageChunk
from ag2.tools import tool

V1 = {"base_url": os.environ["ZAFFRE_ENDPOINT"] + "/openai/v1", "api_key": os.environ["ZAFFRE_KEY"]}


@tool
async def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


def listener(words: list[str]) -> Callable[[ModelMessageChunk], None]:
    """Takes down what is said."""

    def listen(chunk: ModelMessageChunk) -> None:
        words.append(chunk.content)

    return listen


async def main() -> None:
    """Ask each way."""
    for name, kind in (("chat", OpenAIConfig), ("responses", OpenAIResponsesConfig)):
        whole = Agent("whole", "Be exact.", config=kind("able", **V1), tools=[get_weather])
        reply = await whole.ask("What is the weather in Seattle?")
        print(f"{name} tool:", await reply.content())
        print(f"{name} usage:", (await reply.usage()).total.total_tokens)

        streamed = Agent("streamed", "Be exact.", config=kind("able", streaming=True, **V1))
        events = MemoryStream()
        words: list[str] = []
        events.where(ModelMessageChunk).subscribe(listener(words))
        reply = await streamed.ask("How many feet are in a mile?", stream=events)
        print(f"{name} answer:", await reply.content())
        print(f"{name} stream:", "".join(words))


asyncio.run(main())
