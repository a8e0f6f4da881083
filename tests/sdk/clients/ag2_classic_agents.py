"""AG2 before its first version (`import autogen`): two agents and a tool, whole and streamed, on Azure OpenAI."""

import os

from autogen import AssistantAgent, LLMConfig, UserProxyAgent, register_function


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


for name, stream in (("whole", False), ("streamed", True)):
    config = LLMConfig(
        {
            "api_type": "azure",
            "model": "able",
            "base_url": os.environ["ZAFFRE_ENDPOINT"],
            "api_key": os.environ["ZAFFRE_KEY"],
            "api_version": "2024-10-21",
            "price": [0, 0],
            "stream": stream,
        }
    )
    assistant = AssistantAgent("assistant", "Be exact.", llm_config=config)
    user = UserProxyAgent("user", human_input_mode="NEVER", code_execution_config=False)
    register_function(get_weather, caller=assistant, executor=user, description="The weather in a city.")

    answer = user.initiate_chat(assistant, message="How many feet are in a mile?", max_turns=1, silent=True)
    print(f"{name} answer:", answer.summary)
    told = user.initiate_chat(assistant, message="What is the weather in Seattle?", max_turns=2, silent=True)
    print(f"{name} tool:", told.summary)
    print(f"{name} usage:", assistant.get_actual_usage()["scripted-able"]["total_tokens"])
