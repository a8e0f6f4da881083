"""Whole answers: text, choices, tools, and answers of a given shape."""

import json

from openai import OpenAI
from pydantic import BaseModel

from tests.sdk.azure_openai.questions import HOW_LONG, MILE, TOOLS, WEATHER, user


def test_a_question_is_answered(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="able", messages=HOW_LONG)
    choice = answer.choices[0]
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", MILE, "stop")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens == 14


def test_the_answer_names_the_model_and_not_the_deployment(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="ABLE", messages=HOW_LONG)
    assert (answer.object, answer.model) == ("chat.completion", "scripted-able")
    assert answer.id.startswith("chatcmpl-")
    assert len(answer.id) == len("chatcmpl-") + 29


def test_values_that_ask_for_nothing_are_taken(client: OpenAI) -> None:
    nothing = {"n": 1, "logit_bias": {}, "parallel_tool_calls": True, "stream": False, "store": False, "user": "me"}
    answer = client.chat.completions.create(model="able", messages=HOW_LONG, tools=TOOLS, **nothing)
    assert answer.choices[0].message.content == MILE


def test_several_choices_and_fewer_tokens_can_be_asked_for(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="able", messages=HOW_LONG, n=2, max_completion_tokens=2)
    assert [choice.message.content for choice in answer.choices] == ["There are"] * 2
    assert [choice.finish_reason for choice in answer.choices] == ["length"] * 2


def test_log_probabilities_can_be_asked_for(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="able", messages=HOW_LONG, logprobs=True, top_logprobs=2)
    said = answer.choices[0].logprobs.content
    assert "".join(token.token for token in said) == MILE
    assert {len(token.top_logprobs) for token in said} == {2}


def test_a_tool_is_called_and_answered(client: OpenAI) -> None:
    choice = client.chat.completions.create(model="able", messages=WEATHER, tools=TOOLS).choices[0]
    call = choice.message.tool_calls[0]
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    assert (call.type, call.function.name, json.loads(call.function.arguments)) == (
        "function",
        "get_weather",
        {"city": "Seattle"},
    )
    result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
    answer = client.chat.completions.create(model="able", messages=[*WEATHER, choice.message, result], tools=TOOLS)
    assert answer.choices[0].message.content == "The tool said: Sunny"


class Distance(BaseModel):
    """How far something is."""

    miles: int


def test_an_answer_is_parsed_into_what_was_asked_for(client: OpenAI) -> None:
    answer = client.chat.completions.parse(model="able", messages=user("How far?"), response_format=Distance)
    assert answer.choices[0].message.parsed == Distance(miles=1)
