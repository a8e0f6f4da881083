"""The events of a response, in the order in which clients rely on them."""

import msgspec
import pytest
from msgspec import Raw

from tests.services.responses.asking import (
    call,
    end,
    events_of,
    refused,
    said,
    steps,
    text,
    thought,
    usage,
    writer,
)
from zaffre.core.chat import Chunk, ChunkChoice, Delta

TEXT = ["output_item.added", "content_part.added", "output_text.delta"]
TEXT_DONE = ["output_text.done", "content_part.done", "output_item.done"]
CALL = ["output_item.added", "function_call_arguments.delta"]
CALL_DONE = ["function_call_arguments.done", "output_item.done"]


def test_a_text_is_told_word_by_word() -> None:
    events = events_of([text("Hel"), text("lo"), end(), usage()])
    assert steps(events) == [
        "created", "in_progress", *TEXT, "output_text.delta", *TEXT_DONE, "completed",
    ]  # fmt: skip
    assert said(events)[2:9] == [
        {
            "type": "response.output_item.added",
            "sequence_number": 2,
            "output_index": 0,
            "item": {"id": "msg_0", "type": "message", "status": "in_progress", "role": "assistant", "content": []},
        },
        {
            "type": "response.content_part.added",
            "sequence_number": 3,
            "item_id": "msg_0",
            "output_index": 0,
            "content_index": 0,
            "part": {"type": "output_text", "text": "", "annotations": [], "logprobs": []},
        },
        {
            "type": "response.output_text.delta",
            "sequence_number": 4,
            "item_id": "msg_0",
            "output_index": 0,
            "content_index": 0,
            "delta": "Hel",
            "logprobs": [],
        },
        {
            "type": "response.output_text.delta",
            "sequence_number": 5,
            "item_id": "msg_0",
            "output_index": 0,
            "content_index": 0,
            "delta": "lo",
            "logprobs": [],
        },
        {
            "type": "response.output_text.done",
            "sequence_number": 6,
            "item_id": "msg_0",
            "output_index": 0,
            "content_index": 0,
            "text": "Hello",
            "logprobs": [],
        },
        {
            "type": "response.content_part.done",
            "sequence_number": 7,
            "item_id": "msg_0",
            "output_index": 0,
            "content_index": 0,
            "part": {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []},
        },
        {
            "type": "response.output_item.done",
            "sequence_number": 8,
            "output_index": 0,
            "item": {
                "id": "msg_0",
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}],
            },
        },
    ]


def test_arguments_are_told_as_they_are_written() -> None:
    events = events_of(
        [call(0, "", "get_weather", "call_1"), call(0, '{"city":'), call(0, '"Oslo"}'), end("tool_calls")]
    )
    assert steps(events)[2:] == [*CALL, "function_call_arguments.delta", *CALL_DONE, "completed"]
    item = {"id": "fc_0", "type": "function_call", "call_id": "call_1", "name": "get_weather"}
    at = {"item_id": "fc_0", "output_index": 0}
    _, _, added, first, second, done, item_done, last = said(events)
    assert added["item"] == item | {"arguments": "", "status": "in_progress"}
    assert [first["delta"], second["delta"]] == ['{"city":', '"Oslo"}']
    assert done == at | {
        "type": "response.function_call_arguments.done",
        "sequence_number": 5,
        "name": "get_weather",
        "arguments": '{"city":"Oslo"}',
    }
    assert item_done["item"] == item | {"arguments": '{"city":"Oslo"}', "status": "completed"}
    # The caller answers in a next request: the response itself is complete.
    assert last["response"]["status"] == "completed"


def test_several_calls_come_one_after_the_other() -> None:
    first = [call(0, None, "a", "call_1"), call(0, '{"x":1}')]
    second = [call(1, None, "b", "call_2"), call(1, '{"y":'), call(1, "2}")]
    events = events_of([*first, *second, end("tool_calls")])
    assert steps(events)[2:-1] == [*CALL, *CALL_DONE, *CALL, "function_call_arguments.delta", *CALL_DONE]
    assert [item["arguments"] for item in said(events)[-1]["response"]["output"]] == ['{"x":1}', '{"y":2}']


def test_calls_that_are_written_at_the_same_time_lose_nothing() -> None:
    woven = [call(0, '{"x"', "a", "call_1"), call(1, '{"y"', "b", "call_2"), call(0, ":1}"), call(1, ":2}")]
    last = said(events_of([*woven, end("tool_calls")]))[-1]
    assert [(item["call_id"], item["arguments"]) for item in last["response"]["output"]] == [
        ("call_1", '{"x":1}'),
        ("call_2", '{"y":2}'),
    ]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    events = events_of([call(0, "", "now", "call_1"), end("tool_calls")])
    assert steps(events)[2:-1] == [*CALL, *CALL_DONE]
    assert said(events)[3]["delta"] == "{}"


def test_a_call_without_an_id_gets_one() -> None:
    events = said(events_of([call(0, "{}", "now"), end("tool_calls")]))
    assert events[2]["item"]["call_id"] == events[-1]["response"]["output"][0]["call_id"] == "call_0"


def test_thoughts_come_before_the_answer_as_a_summary() -> None:
    events = events_of([thought("Let me"), thought(" see."), text("Four."), end()])
    assert steps(events)[2:-1] == [
        "output_item.added", "reasoning_summary_part.added",
        "reasoning_summary_text.delta", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done",
        *TEXT, *TEXT_DONE,
    ]  # fmt: skip
    output = said(events)[-1]["response"]["output"]
    assert output[0] == {
        "id": "rs_0",
        "type": "reasoning",
        "status": "completed",
        "summary": [{"type": "summary_text", "text": "Let me see."}],
    }
    assert output[1]["content"][0]["text"] == "Four."


def test_a_text_before_a_call_is_a_message_of_its_own() -> None:
    events = events_of([text("I look."), call(0, "{}", "get_weather", "call_1"), end("tool_calls")])
    assert steps(events)[2:-1] == [*TEXT, *TEXT_DONE, *CALL, *CALL_DONE]


def test_a_refusal_is_a_part_of_the_message() -> None:
    events = events_of([refused("I can"), refused("not."), end()])
    assert steps(events)[2:-1] == [
        "output_item.added", "content_part.added", "refusal.delta", "refusal.delta",
        "refusal.done", "content_part.done", "output_item.done",
    ]  # fmt: skip
    assert said(events)[-1]["response"]["output"][0]["content"] == [{"type": "refusal", "refusal": "I cannot."}]


def test_a_refusal_after_a_text_is_the_next_part() -> None:
    content = said(events_of([text("Well. "), refused("No."), end()]))[-1]["response"]["output"][0]["content"]
    assert [part["type"] for part in content] == ["output_text", "refusal"]


def test_an_empty_answer_is_an_empty_message() -> None:
    events = events_of([end()])
    assert steps(events)[2:-1] == ["output_item.added", "content_part.added", *TEXT_DONE]


@pytest.mark.parametrize(("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
def test_an_answer_that_was_cut_is_incomplete(finish: str, reason: str) -> None:
    writing = writer()
    events = events_of([text("Once upon"), end(finish), usage()], writing)
    last = said(events)[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": reason}
    assert last["response"]["output"][0]["status"] == "incomplete"
    assert last["response"]["completed_at"] is None
    assert writing.status == "incomplete"


def test_arguments_that_were_cut_are_not_made_whole() -> None:
    output = said(events_of([call(0, "", "f", "call_1"), end("length")]))[-1]["response"]["output"]
    assert [(item["status"], item["arguments"]) for item in output] == [("incomplete", "")]


def test_what_a_filter_stops_stays_stopped() -> None:
    assert steps(events_of([text("Hm"), end("content_filter"), end("stop")]))[-1] == "incomplete"


def test_the_first_of_several_choices_is_the_answer() -> None:
    second = Chunk([ChunkChoice(Delta("Other"), 1)])
    output = said(events_of([text("One"), second, end()]))[-1]["response"]["output"]
    assert [part["text"] for item in output for part in item["content"]] == ["One"]


def test_the_usage_is_said_in_this_apis_words() -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 3}, "completion_tokens_details": {"reasoning_tokens": 2}}
    last = said(events_of([text("Hi"), end(), usage(**details)]))[-1]
    assert last["response"]["usage"] == {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 16,
    }


def test_log_probabilities_come_where_they_are_included() -> None:
    token = {"token": "Hi", "logprob": -0.25, "bytes": None, "top_logprobs": [{"token": "Ho", "logprob": -2.5}]}
    chunk = text("Hi", logprobs={"content": Raw(b"[%b]" % msgspec.json.encode(token)), "refusal": Raw(b"null")})
    shown = {
        "token": "Hi",
        "bytes": [72, 105],
        "logprob": -0.25,
        "top_logprobs": [{"token": "Ho", "bytes": [72, 111], "logprob": -2.5}],
    }
    events = said(events_of([chunk, end()], writer(include=["message.output_text.logprobs"])))
    assert events[4]["logprobs"] == events[5]["logprobs"] == [shown]
    assert events[-1]["response"]["output"][0]["content"][0]["logprobs"] == [shown]
    unasked = said(events_of([chunk, end()]))
    assert unasked[4]["logprobs"] == unasked[5]["logprobs"] == []


@pytest.mark.parametrize("carried", [b'{"content":null}', b'{"tokens":["a"]}', b"[]", b'{"content":[{"token":1}]}'])
def test_log_probabilities_of_another_form_are_left_out(carried: bytes) -> None:
    writing = writer(include=["message.output_text.logprobs"])
    assert said(events_of([text("Hi", logprobs=Raw(carried)), end()], writing))[4]["logprobs"] == []
