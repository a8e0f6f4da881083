"""A response from its announcement to its end, and the object that says how it stands."""

import msgspec
import pytest
from msgspec import Raw

from tests.services.responses.asking import (
    WEATHER,
    end,
    events_of,
    response_of,
    said,
    steps,
    text,
    usage,
    writer,
)
from zaffre.core.chat import Chunk, Usage
from zaffre.core.errors import ContextOverflow, RateLimited, UpstreamError


def test_a_response_in_the_background_is_queued_first() -> None:
    writing = writer(background=True)
    queued = writing.queue()
    assert steps(queued) == ["created", "queued"]
    assert response_of(writing)["status"] == "queued"
    assert steps(writing.begin()) == ["in_progress"]
    assert [event["sequence_number"] for event in said(writing.write([text("Hi")]))] == [3, 4, 5]


def test_a_response_in_the_background_need_not_wait() -> None:
    assert steps(writer(background=True).begin()) == ["created", "queued", "in_progress"]


def test_a_writer_goes_on_where_another_was_stopped() -> None:
    (begun,) = writer(number=2, background=True).begin()
    assert (begun.type, begun.number) == ("response.in_progress", 2)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamError(), "server_error"),
        (RateLimited(), "rate_limit_exceeded"),
        (ContextOverflow("Too long."), "invalid_prompt"),
    ],
)
def test_an_answer_that_breaks_ends_as_failed(error: UpstreamError, code: str) -> None:
    writing = writer()
    writing.begin()
    writing.write([text("Once upon")])
    (last,) = said(writing.fail(error))
    assert last["type"] == "response.failed"
    assert last["response"]["error"] == {"code": code, "message": error.message}
    assert last["response"]["output"][0]["status"] == "incomplete"
    assert (writing.status, last["response"]["status"]) == ("failed", "failed")


def test_a_cancelled_answer_keeps_what_there_is() -> None:
    writing = writer(background=True)
    writing.begin()
    writing.write([text("Once upon")])
    writing.cancel()
    response = response_of(writing)
    assert response["status"] == "cancelled"
    assert response["output"][0]["content"][0]["text"] == "Once upon"
    assert response["output"][0]["status"] == "incomplete"


def test_an_answer_in_progress_shows_what_there_is() -> None:
    writing = writer()
    writing.begin()
    writing.write([text("Once"), Chunk(usage=Usage(1, 2, 3))])
    response = response_of(writing)
    assert response["status"] == response["output"][0]["status"] == "in_progress"
    assert writing.output_items[0] == Raw(msgspec.json.encode(response["output"][0]))


def test_the_object_says_back_what_was_asked() -> None:
    tools = [WEATHER, {"type": "function", "name": "now"}]
    asked = {
        "instructions": "Be brief.",
        "max_output_tokens": 100,
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "object"}}},
        "tool_choice": {"type": "function", "name": "now"},
        "reasoning": {"effort": "low"},
        "store": False,
        "user": "u",
    }
    writing = writer(tools=tools, **asked)
    events_of([text("Hi"), end(), usage()], writing)
    response = response_of(writing)
    expected = asked | {
        "reasoning": {"effort": "low", "summary": None},
        "text": {**asked["text"], "verbosity": "medium"},
        "tools": [WEATHER, {"type": "function", "name": "now", "parameters": None, "strict": None}],
    }
    assert {name: response[name] for name in expected} == expected


def test_the_object_has_its_keys_in_azures_order() -> None:
    assert list(response_of(writer())) == [
        "id", "object", "created_at", "completed_at", "status", "background", "content_filters", "error",
        "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls", "model", "output",
        "parallel_tool_calls", "previous_response_id", "prompt_cache_key", "prompt_cache_retention", "reasoning",
        "safety_identifier", "service_tier", "store", "temperature", "text", "tool_choice", "tools", "top_logprobs",
        "top_p", "truncation", "usage", "user", "metadata",
    ]  # fmt: skip


def test_an_object_that_was_asked_for_with_nothing_says_the_defaults() -> None:
    writing = writer()
    events_of([text("Hi"), end()], writing)
    response = response_of(writing)
    assert response["completed_at"] == 1002
    assert response["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    assert (response["tool_choice"], response["tools"], response["parallel_tool_calls"]) == ("auto", [], True)
    assert (response["store"], response["truncation"], response["metadata"]) == (True, "disabled", {})
    # The model's own, which this server does not know.
    assert (response["temperature"], response["top_p"]) == (None, None)
