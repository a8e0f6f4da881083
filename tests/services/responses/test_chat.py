"""The chat that answers a response."""

from typing import Any

import pytest
from msgspec import Raw

from tests.services.responses.asking import WEATHER, chat, messages
from zaffre.core.errors import (
    BadRequest,
    Complaint,
    ContextOverflow,
    GatewayError,
    InvalidParameters,
    RateLimited,
    UnsupportedParameters,
    UpstreamRejected,
)
from zaffre.services.responses.chat import in_response_words

CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city":"Oslo"}'}
CALL_2 = CALL | {"call_id": "call_2"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "4 C"}
OUTPUT_2 = OUTPUT | {"call_id": "call_2", "output": "5 C"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}
HELLO = {"role": "user", "content": "Hello"}


def written(call_id: str) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": '{"city":"Oslo"}'}
    return {"id": call_id, "type": "function", "function": function}


def test_nothing_is_sent_that_was_not_said() -> None:
    assert chat() == {"messages": [HELLO]}


def test_instructions_come_first_as_a_system_message() -> None:
    earlier = [{"type": "message", "id": "msg_1", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}]
    assert chat(earlier, instructions="Be brief.")["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        HELLO,
    ]


def test_parameters_take_the_names_that_chat_has_for_them() -> None:
    fields = chat(
        max_output_tokens=100,
        reasoning={"effort": "low", "summary": "auto"},
        text={"verbosity": "low", "format": {"type": "json_object"}},
        include=["message.output_text.logprobs"],
        top_logprobs=2,
        temperature=0.5,
        top_p=0.9,
        user="u",
        service_tier="flex",
        store=True,
        metadata={"a": "b"},
        truncation="auto",
    )
    del fields["messages"]
    assert fields == {
        "max_completion_tokens": 100,
        "reasoning_effort": "low",
        "verbosity": "low",
        "response_format": {"type": "json_object"},
        "logprobs": True,
        "top_logprobs": 2,
        "temperature": 0.5,
        "top_p": 0.9,
        "user": "u",
        "service_tier": "flex",
    }


def test_a_schema_is_nested_as_chat_has_it() -> None:
    form = {"type": "json_schema", "name": "x", "schema": {"type": "object"}, "strict": True, "description": None}
    assert chat(text={"format": form})["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": {"type": "object"}, "strict": True},
    }


def test_free_text_needs_no_word() -> None:
    assert "response_format" not in chat(text={"format": {"type": "text"}})


def test_tools_are_nested_as_chat_has_them() -> None:
    tool = WEATHER | {"description": None, "defer_loading": False}
    fields = chat(tools=[tool], tool_choice={"type": "function", "name": "get_weather"}, parallel_tool_calls=False)
    function = {"name": "get_weather", "parameters": {"type": "object"}, "strict": True}
    assert fields["tools"] == [{"type": "function", "function": function}]
    assert fields["tool_choice"] == {"type": "function", "function": {"name": "get_weather"}}
    assert fields["parallel_tool_calls"] is False


def test_only_the_tools_that_are_allowed_are_offered() -> None:
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]}
    fields = chat(tools=[WEATHER, {"type": "function", "name": "now"}], tool_choice=allowed)
    assert [tool["function"]["name"] for tool in fields["tools"]] == ["get_weather"]
    assert fields["tool_choice"] == "required"


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_a_choice_among_no_tools_asks_for_nothing(choice: str) -> None:
    assert chat(tool_choice=choice, parallel_tool_calls=True, tools=[]) == chat()


def test_a_tool_cannot_be_called_where_there_is_none() -> None:
    with pytest.raises(BadRequest) as raised:
        chat(tool_choice="required")
    assert raised.value.param == "tool_choice"


def test_parts_are_said_in_chats_words() -> None:
    image = "data:image/png;base64,AAAA"
    file = {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}
    parts = [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": image},
        {"type": "input_image", "image_url": image, "detail": "low"},
        file,
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]
    (message,) = messages({"role": "user", "content": parts})
    assert message["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": image}},
        {"type": "image_url", "image_url": {"url": image, "detail": "low"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ]


def test_texts_by_themselves_are_one_string() -> None:
    parts = [{"type": "input_text", "text": "Hello"}, {"type": "input_text", "text": "there"}]
    assert messages({"role": "developer", "content": parts}) == [{"role": "developer", "content": "Hello\nthere"}]


def test_calls_in_a_row_are_one_message() -> None:
    assert messages(HELLO, THOUGHT, CALL, CALL_2, OUTPUT, OUTPUT_2) == [
        HELLO,
        {"role": "assistant", "tool_calls": [written("call_1"), written("call_2")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "4 C"},
        {"role": "tool", "tool_call_id": "call_2", "content": "5 C"},
    ]


def test_calls_in_turn_are_messages_in_turn() -> None:
    assert [message["role"] for message in messages(HELLO, CALL, OUTPUT, CALL_2, OUTPUT_2)] == [
        "user", "assistant", "tool", "assistant", "tool",
    ]  # fmt: skip


@pytest.mark.parametrize("order", [("text", "call"), ("call", "text")])
def test_what_was_said_beside_a_call_is_in_its_message(order: tuple[str, str]) -> None:
    said = {"text": {"role": "assistant", "content": "I look."}, "call": CALL}
    assert messages(HELLO, *(said[each] for each in order), OUTPUT)[1] == {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [written("call_1")],
    }


def test_two_answers_in_a_row_stay_two() -> None:
    answers = [{"role": "assistant", "content": "One."}, {"role": "assistant", "content": "Two."}]
    assert messages(*answers) == answers


def test_a_refusal_is_said_back() -> None:
    parts = [{"type": "refusal", "refusal": "No."}]
    assert messages({"role": "assistant", "content": parts}) == [{"role": "assistant", "content": parts}]


def test_the_outputs_parts_are_said_in_chats_words() -> None:
    parts = [{"type": "input_text", "text": "4 C"}]
    assert messages(CALL, OUTPUT | {"output": parts})[1]["content"] == "4 C"


def test_an_output_answers_a_call_of_an_earlier_response() -> None:
    assert [message["role"] for message in chat([CALL], input=[OUTPUT])["messages"]] == ["assistant", "tool"]


def test_an_output_without_its_call_is_refused() -> None:
    with pytest.raises(BadRequest, match="No tool call found for function call output with call_id call_1") as raised:
        messages(OUTPUT)
    assert raised.value.param == "input"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (["max_completion_tokens"], ["max_output_tokens"]),
        (["messages", "3", "content", "0"], ["input"]),
        (["response_format", "json_schema", "schema"], ["text", "format", "schema"]),
        (["tools", "0", "function", "name"], ["tools", "0", "name"]),
        (["reasoning_effort"], ["reasoning", "effort"]),
        (["logprobs"], ["include"]),
        (["temperature"], ["temperature"]),
        ([], []),
    ],
)
def test_a_refusal_of_the_chat_names_the_place_here(theirs: list[str], ours: list[str]) -> None:
    error = InvalidParameters([Complaint("invalid_value", ["body", *theirs], "No.", Raw(b"1"))])
    found = in_response_words(error)
    assert found is error
    assert error.complaints[0].loc == ["body", *ours]
    assert (error.param or "") == ".".join(ours)


def test_a_refusal_speaks_of_the_name_that_the_caller_used() -> None:
    why = "The model m does not support max_completion_tokens."
    error = UnsupportedParameters([Complaint("parameter_not_supported", ["body", "max_completion_tokens"], why, 1)])
    in_response_words(error)
    assert error.complaints[0].msg == "The model m does not support max_output_tokens."


@pytest.mark.parametrize(
    ("error", "param"),
    [
        (ContextOverflow("Too long."), "input"),
        (UpstreamRejected("No.", param="messages[1].content"), "input"),
        (UpstreamRejected("No.", param="response_format"), "text.format"),
        (RateLimited(), None),
    ],
)
def test_an_upstreams_refusal_names_the_place_here(error: GatewayError, param: str | None) -> None:
    assert in_response_words(error).param == param
