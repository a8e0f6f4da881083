"""Chat and text answers that upstreams send in other shapes than published."""

import json

import msgspec
import pytest

from zaffre.core.chat import AnswerMessage, Choice
from zaffre.core.errors import UpstreamError
from zaffre.providers import PROVIDERS
from zaffre.providers.codec import ErrorInBody

CHAT = PROVIDERS["openai-compatible"].chat
TEXT = PROVIDERS["openai-compatible"].completions


def decoded(body):
    return CHAT.decode(body if isinstance(body, bytes) else json.dumps(body).encode())


def message(**said):
    return decoded({"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]}).choices[0].message


def usage(**said):
    return decoded({"choices": [{"message": {"content": "x"}}], "usage": said}).usage


def test_a_published_answer_is_carried_over():
    answer = decoded(
        {
            "id": "chatcmpl-1",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
            "system_fingerprint": "fp_1",
        }
    )
    assert answer.choices[0].message.content == "Hi"
    assert answer.choices[0].finish_reason == "length"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (3, 2, 5)
    assert answer.system_fingerprint == "fp_1"


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_found_under_either_name(name):
    said = message(content="4", **{name: "2 + 2"})
    assert (said.content, said.reasoning_content) == ("4", "2 + 2")


def test_content_in_parts_becomes_text_and_thought():
    said = message(
        content=[
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm. "}, {"type": "text", "text": "Yes."}]},
            {"type": "text", "text": "It "},
            {"type": "reference", "reference_ids": [1]},
            {"type": "text", "text": "is."},
        ]
    )
    assert (said.content, said.reasoning_content) == ("It is.", "Hm. Yes.")


def test_arguments_as_an_object_become_text():
    call = message(content=None, tool_calls=[{"id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}])
    assert [(c.id, c.function.name, c.function.arguments) for c in call.tool_calls] == [("c1", "f", '{"a":1}')]


def test_a_call_without_arguments_has_none():
    call = message(tool_calls=[{"id": "c1", "function": {"name": "f", "arguments": None}}])
    assert call.tool_calls[0].function.arguments == "{}"


def test_calls_without_ids_get_different_ones_always_the_same():
    calls = [{"function": {"name": "f", "arguments": "{}"}}, {"function": {"name": "f", "arguments": "{}"}}]
    first, again = message(tool_calls=calls).tool_calls, message(tool_calls=calls).tool_calls
    assert first[0].id != first[1].id
    assert [call.id for call in first] == [call.id for call in again]


def test_a_call_of_the_older_form_is_a_tool_call():
    answer = decoded(
        {
            "choices": [
                {
                    "message": {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
                    "finish_reason": "function_call",
                }
            ]
        }
    )
    assert answer.choices[0].message.tool_calls[0].function.name == "f"
    assert answer.choices[0].finish_reason == "tool_calls"


def test_log_probabilities_are_carried_as_they_came():
    answer = decoded(
        b'{"choices":[{"message":{"content":"x"},"logprobs":{"content":[{"token":"x","logprob":-0.10}]}}]}'
    )
    assert msgspec.json.encode(answer.choices[0].logprobs) == b'{"content":[{"token":"x","logprob":-0.10}]}'


@pytest.mark.parametrize("said", [{}, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}])
def test_counts_of_nothing_are_no_usage(said):
    assert usage(**said) is None


def test_a_missing_index_is_the_place():
    answer = decoded({"choices": [{"message": {"content": "a"}, "index": None}, {"message": {"content": "b"}}]})
    assert [choice.index for choice in answer.choices] == [0, 1]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", "stop"), ("eos", "stop"), ("end_turn", "stop"), ("COMPLETE", "stop"), ("whatever", "stop"),
        ("length", "length"), ("model_length", "length"), ("MAX_TOKENS", "length"),
        ("tool_calls", "tool_calls"), ("function_call", "tool_calls"), ("tool_use", "tool_calls"),
        ("content_filter", "content_filter"), ("SAFETY", "content_filter"),
        (None, None),
    ],
)  # fmt: skip
def test_every_finish_reason_becomes_one_of_four(said, meant):
    answer = decoded({"choices": [{"message": {"content": "x"}, "finish_reason": said}]})
    assert answer.choices[0].finish_reason == meant


def test_counts_of_any_type_are_counts():
    said = usage(prompt_tokens=3.0, completion_tokens=None, total_tokens=3.0, prompt_tokens_details=[1])
    assert (said.prompt_tokens, said.completion_tokens, said.total_tokens) == (3, 0, 3)


def test_a_missing_total_is_the_sum():
    assert usage(prompt_tokens=3, completion_tokens=2).total_tokens == 5


def test_reasoning_that_is_counted_in_the_total_alone_is_completion():
    said = usage(prompt_tokens=32, completion_tokens=9, total_tokens=135)
    assert (said.prompt_tokens, said.completion_tokens, said.total_tokens) == (32, 103, 135)


def test_an_upstream_cannot_mark_its_usage_as_our_estimate():
    assert usage(prompt_tokens=1, completion_tokens=1, estimated=True).estimated is False


def test_no_usage_is_none():
    assert decoded({"choices": [{"message": {"content": "x"}}], "usage": None}).usage is None


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"null", b"{}", b'{"choices":[]}', b'{"choices":{}}', b'{"choices":[1]}', b"[" * 9000,
     b'{"choices":[{"index":1e999}]}'],
)  # fmt: skip
@pytest.mark.parametrize("codec", [CHAT, TEXT])
def test_what_is_no_answer_is_the_upstreams_failure(codec, body):
    with pytest.raises(UpstreamError) as caught:
        codec.decode(body)
    assert caught.value.status == 502
    assert caught.value.message == "The model's server sent an answer that cannot be read."


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"message": "busy", "code": 429}}, 429),
        ({"error": {"message": "busy", "code": "429"}}, 429),
        ({"error": {"message": "long", "code": "context_length_exceeded"}}, 400),
        ({"error": {"message": "busy", "type": "rate_limit_error", "code": "x"}}, 429),
        ({"error": "broken"}, None),
        ({"object": "error", "message": "bad", "code": 400}, 400),
        ({"choices": [{"message": {"content": ""}, "finish_reason": "error"}], "error": {"code": 502}}, 502),
        ({"choices": [{"message": {"content": ""}, "finish_reason": "error"}]}, 500),
        ({"choices": [{"message": {"content": ""}, "finish_reason": "insufficient_system_resource"}]}, 503),
    ],
)
def test_an_error_inside_a_good_status_is_an_error(body, status):
    with pytest.raises(ErrorInBody) as caught:
        decoded(body)
    assert caught.value.status == status


def test_an_error_that_is_null_is_none():
    assert decoded({"error": None, "choices": [{"message": {"content": "x"}, "index": None}]}).choices


def test_bytes_that_are_no_character_do_not_spoil_the_answer():
    assert decoded(b'{"choices":[{"message":{"content":"a\xff"}}]}').choices[0].message.content == "a�"


def test_half_a_character_does_not_spoil_the_answer():
    answer = decoded(rb'{"choices":[{"message":{"content":"\\ud83d \ud83d\ude00 \ud83d"}}]}')
    assert answer.choices[0].message.content == "\\ud83d 😀 �"


def test_a_text_completion_is_carried_over():
    answer = TEXT.decode(
        b'{"choices":[{"text":" indeed","index":0,"finish_reason":"length","logprobs":{"tokens":["a"]}}],'
        b'"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'
    )
    assert answer.choices[0].text == " indeed"
    assert msgspec.json.encode(answer.choices[0].logprobs) == b'{"tokens":["a"]}'
    assert answer.usage.total_tokens == 2


def test_a_message_that_is_null_says_nothing():
    assert decoded({"choices": [{"message": None, "index": 0}]}).choices == [Choice(AnswerMessage())]
