"""What may be asked of POST /responses, and what is said to the rest."""

from typing import Any

import msgspec
import pytest

from tests.services.responses.asking import WEATHER, ask, chat
from zaffre.core.chat import ChatRequest
from zaffre.core.deployment import Deployment, ModelInfo
from zaffre.core.errors import BadRequest, GatewayError, InvalidParameters, UnknownParameters, UnsupportedParameters
from zaffre.core.modality import Modality
from zaffre.engine.scripted.backend import Scripted
from zaffre.gateway.fields import fields_of
from zaffre.gateway.openai_parameters import CHAT
from zaffre.services.responses.chat import chat_fields, in_response_words

SCRIPTED = Deployment(
    "m", "m", Scripted([]), Modality.CHAT, frozenset({Modality.CHAT}), ModelInfo("m", "chat-completions", "zaffre")
)

EVERYTHING: dict[str, Any] = {
    "access_programs": {"cyber": "standard"},
    "background": True,
    "background_options": {"completion_window": "soonest", "continuation_id": "continuation_id"},
    "context_management": [{"type": "compaction", "compact_threshold": 1000}],
    "image": {"context_compression": "auto"},
    "include": ["file_search_call.results"],
    "input": "string",
    "instructions": "instructions",
    "max_output_tokens": 16,
    "max_tool_calls": 0,
    "metadata": {"foo": "string"},
    "model": "gpt-6-astra",
    "moderation": {"model": "model", "policy": {"input": {"mode": "score"}, "output": {"mode": "score"}}},
    "parallel_tool_calls": True,
    "prompt_cache_key": "prompt-cache-key-1234",
    "prompt_cache_options": {"mode": "implicit", "prewarm": True, "ttl": "30m"},
    "prompt_cache_retention": "in_memory",
    "reasoning": {
        "context": "auto",
        "effort": "none",
        "generate_summary": "auto",
        "mode": "standard",
        "summary": "auto",
    },
    "safety_identifier": "safety-identifier-1234",
    "service_tier": "auto",
    "store": True,
    "stream": False,
    "stream_options": {"include_obfuscation": True},
    "temperature": 1,
    "text": {"format": {"type": "text"}, "verbosity": "low"},
    "tool_choice": "none",
    "tools": [
        {
            "name": "name",
            "parameters": {"foo": "bar"},
            "strict": True,
            "type": "function",
            "allowed_callers": ["direct"],
            "async": True,
            "defer_loading": True,
            "description": "description",
            "output_schema": {"foo": "bar"},
        }
    ],
    "top_logprobs": 0,
    "top_p": 1,
    "truncation": "auto",
    "user": "user-1234",
}
"""What the published package's own tests send, without stored objects."""


def as_chat(**body: Any) -> ChatRequest:
    """The request that the model's backend gets."""
    fields = chat_fields(ask(**body), [])
    return CHAT.shape(SCRIPTED, msgspec.json.encode(fields), fields)


def complaint(error: type[GatewayError] = InvalidParameters, /, **body: Any) -> tuple[str, list[str], str]:
    """(type, place, words) of what is wrong with a body."""
    with pytest.raises(error) as raised:
        ask(**body)
    assert isinstance(raised.value, InvalidParameters)
    found = raised.value.complaints[0]
    return found.type, found.loc[1:], found.msg


def test_everything_that_the_published_package_sends_is_taken() -> None:
    known = as_chat(**EVERYTHING).known
    assert known.messages
    assert known.tools is not None


def test_null_stands_for_absent() -> None:
    nulls = dict.fromkeys(EVERYTHING.keys() - {"input", "model"})
    assert chat(**nulls, prompt=None, conversation=None) == {"messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("kind", ["web_search", "file_search", "code_interpreter", "mcp", "custom", "hammer"])
def test_a_tool_of_another_type_is_named(kind: str) -> None:
    tools = [WEATHER, {"type": kind, "server_url": 7}]
    why = f"The tool type '{kind}' is not supported. This server runs no tools of its own; supported is 'function'."
    assert complaint(UnsupportedParameters, tools=tools) == (
        "parameter_not_supported",
        ["tools", "1", "type"],
        why,
    )


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"temperature": 3}, ["temperature"]),
        ({"max_output_tokens": 0}, ["max_output_tokens"]),
        ({"truncation": "maybe"}, ["truncation"]),
        ({"include": ["everything"]}, ["include", "0"]),
        ({"tools": [{"type": "function"}]}, ["tools", "0", "name"]),
        ({"tools": [{"type": 7}]}, ["tools", "0", "type"]),
        ({"tools": "hammer"}, ["tools"]),
        ({"tool_choice": "often"}, ["tool_choice"]),
        ({"tool_choice": {"type": "mcp"}}, ["tool_choice", "type"]),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, ["text", "format", "schema"]),
        ({"text": {"format": {"type": "yaml"}}}, ["text", "format", "type"]),
        ({"text": {"verbosity": "endless"}}, ["text", "verbosity"]),
        ({"reasoning": {"effort": "heroic"}}, ["reasoning", "effort"]),
        ({"top_logprobs": 21}, ["top_logprobs"]),
        ({"metadata": {"a": 1}}, ["metadata", "..."]),
        ({"input": 7}, ["input"]),
        ({"input": ["hello"]}, ["input", "0"]),
    ],
)
def test_a_wrong_value_is_named_by_its_place(body: dict[str, Any], place: list[str]) -> None:
    assert complaint(**body)[1] == [step for step in place if step != "..."]


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("messages", "input"),
        ("max_tokens", "max_output_tokens"),
        ("response_format", "text.format"),
        ("reasoning_effort", "reasoning.effort"),
        ("functions", "tools"),
    ],
)
def test_parameters_of_chat_are_told_where_to_go(name: str, there: str) -> None:
    why = f"In the Responses API, {name} has moved to {there}."
    assert complaint(UnsupportedParameters, **{name: "x"}) == ("parameter_not_supported", [name], why)


@pytest.mark.parametrize("name", ["n", "audio", "modalities"])
def test_what_a_response_cannot_hold_is_an_unknown_parameter(name: str) -> None:
    with pytest.raises(UnknownParameters, match=name):
        ask(**{name: 1})


@pytest.mark.parametrize(
    "body", [{"conversation": "conv_1"}, {"conversation": {"id": "conv_1"}}, {"prompt": {"id": "p"}}]
)
def test_objects_that_are_not_kept_here_are_refused_by_name(body: dict[str, Any]) -> None:
    kind, place, why = complaint(UnsupportedParameters, **body)
    assert (kind, place) == ("parameter_not_supported", list(body))
    assert why.startswith("This server keeps no")


def test_a_response_goes_on_from_one_thing_only() -> None:
    with pytest.raises(BadRequest) as raised:
        ask(previous_response_id="resp_1", conversation="conv_1")
    assert (raised.value.code, raised.value.param) == ("mutually_exclusive_parameters", "previous_response_id")


def test_what_runs_in_the_background_is_kept() -> None:
    with pytest.raises(BadRequest, match="'background' requires 'store'"):
        ask(background=True, store=False)


@pytest.mark.parametrize("sent", [None, []])
def test_there_is_an_input_or_something_to_go_on_from(sent: Any) -> None:
    assert complaint(input=sent) == ("missing", ["input"], "input is required.")
    assert ask(input=sent, previous_response_id="resp_1").input_items == []


def test_a_name_that_nobody_knows_goes_on_to_the_models_server() -> None:
    fields = chat(repetition_penalty=1.1, seed=7)
    assert (fields["repetition_penalty"], fields["seed"]) == (1.1, 7)
    with pytest.raises(UnknownParameters) as raised:
        as_chat(repetition_penalty=1.1)
    assert in_response_words(raised.value).param == "repetition_penalty"


def test_a_body_may_be_read_again_later() -> None:
    asked = ask(**EVERYTHING)
    body = msgspec.json.encode(asked.fields)
    again = ask(**msgspec.json.decode(body))
    assert again.known == asked.known
    assert fields_of(body) == asked.fields
