"""How chat requests reach upstreams: as they came, but for what the dialect has in another form."""

import json
from typing import Any

import pytest

from tests.providers.requests import HELLO, chat
from zaffre.providers import PROVIDERS


def sent(body: dict[str, Any], provider: str = "openai-compatible", *, stream: bool = False) -> Any:
    codec = PROVIDERS[provider].chat
    assert codec is not None
    return json.loads(codec.encode(chat(body), "m", stream).body)


def test_fields_nobody_knows_keep_their_bytes() -> None:
    codec = PROVIDERS["openai-compatible"].chat
    assert codec is not None
    asked = chat(HELLO | {"logit_bias": {"1": 1.50}, "temperature": 0.10})
    asked.fields["logit_bias"] = type(asked.fields["logit_bias"])(b'{"1": 1.50}')
    assert b'"logit_bias":{"1": 1.50}' in codec.encode(asked, "m", False).body


def test_the_request_itself_is_left_as_it_was() -> None:
    asked = chat(HELLO | {"stream": True, "model": "ours"})
    before = dict(asked.fields)
    codec = PROVIDERS["mistral"].chat
    assert codec is not None
    codec.encode(asked, "m", True)
    assert asked.fields == before


@pytest.mark.parametrize(("provider", "role"), [("azure-openai", "system"), ("openai", "developer")])
def test_a_developer_is_a_system_where_the_vendor_knows_none(provider: str, role: str) -> None:
    said = {"role": "developer", "content": "Be brief.", "x": [1]}
    messages = sent({"messages": [said, *HELLO["messages"]]}, provider)["messages"]
    assert messages == [said | {"role": role}, *HELLO["messages"]]


def test_arguments_that_came_as_an_object_go_out_as_text() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"city": "Köln"}}}
    history = [*HELLO["messages"], {"role": "assistant", "content": None, "tool_calls": [call]}]
    (_, assistant) = sent({"messages": history})["messages"]
    assert assistant["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"city": "K\\u00f6ln"}'}
    assert assistant["content"] is None


def test_calls_that_came_as_text_are_not_touched() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{ }", "x": 1}, "y": 2}
    history = [*HELLO["messages"], {"role": "assistant", "tool_calls": [call]}]
    assert sent({"messages": history})["messages"] == history


def test_a_call_that_comes_back_leaves_our_own_field_behind() -> None:
    function = {"name": "f", "arguments": "{}"}
    call = {"id": "c1", "type": "function", "function": {**function, "call_id": None}}
    history = [*HELLO["messages"], {"role": "assistant", "content": "", "tool_calls": [call]}]
    (_, assistant) = sent({"messages": history})["messages"]
    assert assistant["tool_calls"] == [call | {"function": function}]


def test_a_limit_said_twice_is_said_in_the_vendors_way() -> None:
    body = sent(HELLO | {"max_tokens": 5, "max_completion_tokens": 7}, "groq")
    assert body["max_completion_tokens"] == 7
    assert "max_tokens" not in body


@pytest.mark.parametrize("stop", ["\n", ["\n"]])
def test_one_stop_sequence_goes_in_a_list_where_the_vendor_wants_one(stop: Any) -> None:
    assert sent(HELLO | {"stop": stop}, "together")["stop"] == ["\n"]


@pytest.mark.parametrize("name", [name for name, row in PROVIDERS.items() if row.chat])
def test_streams_are_asked_for_usage_only_where_the_vendor_wants_to_be_asked(name: str) -> None:
    unasked = {"azure-ai-inference", "mistral", "together", "openrouter", "fireworks", "perplexity"}
    body = sent(HELLO | {"stream": True, "stream_options": {"include_usage": True}}, name, stream=True)
    assert body["stream"] is True
    assert ("stream_options" in body) == (name not in unasked)


@pytest.mark.parametrize("provider", ["ollama", "mistral", "deepseek", "together", "perplexity"])
def test_a_limit_by_its_newer_name_reaches_vendors_that_know_the_older_one(provider: str) -> None:
    fields = sent(HELLO | {"max_completion_tokens": 7}, provider)
    assert fields["max_tokens"] == 7
    assert "max_completion_tokens" not in fields
