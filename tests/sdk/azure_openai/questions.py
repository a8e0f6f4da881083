"""What is asked of the server's scripted models, and what they say."""

from typing import Any, Final

MILE: Final = "There are 5,280 feet in a mile."
HOW_LONG: Final[Any] = [{"role": "user", "content": "How many feet are in a mile?"}]
WEATHER: Final[Any] = [{"role": "user", "content": "What is the weather in Seattle?"}]
TOOLS: Final[Any] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
            },
            "strict": True,
        },
    }
]


def user(content: str) -> Any:
    """A question."""
    return [{"role": "user", "content": content}]
