"""Which rule answers, and the errors that rules stand for."""

import pytest

from tests.engine.scripted_requests import ECHO, WEATHER, chat, prompt, rule, said, whole
from zaffre.core.errors import (
    BadRequest,
    ContextOverflow,
    GatewayError,
    InvalidParameters,
    Overloaded,
    PromptFiltered,
)
from zaffre.engine.scripted.backend import Scripted


async def test_the_first_rule_that_fits_answers():
    model = Scripted([rule({"text": "b"}, text="first"), rule({"text": "a"}, text="second"), ECHO])
    assert [await said(model, chat(text)) for text in ("ab", "a", "c")] == ["first", "second", "You said: c"]


async def test_everything_in_when_must_be_true():
    model = Scripted([rule({"role": "user", "text": "x", "tools": True}, text="all"), ECHO])
    assert await said(model, chat("x", tools=[WEATHER])) == "all"
    assert await said(model, chat("x")) == "You said: x"
    assert await said(model, chat("y", tools=[WEATHER])) == "You said: y"


@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant", "tool"])
async def test_only_the_last_message_is_looked_at(role: str):
    last = {"role": role, "content": "hi", "tool_call_id": "1"}
    model = Scripted([rule({"role": role}, text="found"), rule(text="missed")])
    first = {"role": "user" if role != "user" else "system", "content": "hi"}
    assert await said(model, chat(messages=[first, last])) == "found"
    assert await said(model, chat(messages=[last, first])) == "missed"


async def test_a_text_without_a_role_fits_any_role():
    model = Scripted([rule({"text": "^ok$"}, text="found")])
    assert await said(model, chat(messages=[{"role": "assistant", "content": "OK"}])) == "found"


async def test_a_messages_text_is_its_text_parts_joined_by_newline():
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert await said(Scripted([rule({"text": "^one\ntwo$"}, text="[{text}]")]), chat(parts)) == "[one\ntwo]"


async def test_a_message_without_content_has_an_empty_text():
    model = Scripted([rule({"text": "^$"}, text="nothing"), ECHO])
    assert await said(model, chat(messages=[{"role": "tool", "tool_call_id": "1", "content": None}])) == "nothing"


@pytest.mark.parametrize(
    ("kind", "part"), [("input_audio", {"data": "", "format": "wav"}), ("audio_url", {"url": "u"})]
)
async def test_parts_are_told_by_their_type(kind: str, part: dict[str, str]):
    model = Scripted([rule({"parts": kind}, text="heard"), ECHO])
    assert await said(model, chat([{"type": kind, kind: part}])) == "heard"
    assert await said(model, chat("plain")) == "You said: plain"


async def test_tools_false_wants_nothing_to_call():
    model = Scripted([rule({"tools": False}, text="none"), rule(text="some")])
    assert await said(model, chat()) == "none"
    assert await said(model, chat(tools=[WEATHER], tool_choice="none")) == "none"
    assert await said(model, chat(tools=[WEATHER])) == "some"


async def test_a_named_tool_must_be_offered():
    model = Scripted([rule({"tools": "get_time"}, text="time"), rule(text="else")])
    assert await said(model, chat(tools=[WEATHER])) == "else"


async def test_where_no_rule_fits_the_caller_is_told_without_the_prompt():
    with pytest.raises(BadRequest) as caught:
        await Scripted([]).chat(chat("a secret"))
    assert (caught.value.status, caught.value.code) == (400, "no_rule_matched")
    assert "'user'" in caught.value.message
    assert "secret" not in caught.value.message


async def test_a_call_is_refused_where_no_tool_is_offered():
    with pytest.raises(BadRequest) as caught:
        await Scripted([rule(tool_calls="auto")]).chat(chat())
    assert caught.value.code == "no_tool_offered"


async def test_a_tool_choice_that_is_not_offered_is_refused():
    choice = {"type": "function", "function": {"name": "get_time"}}
    with pytest.raises(InvalidParameters) as caught:
        await Scripted([rule(tool_calls="auto")]).chat(chat(tools=[WEATHER], tool_choice=choice))
    assert caught.value.complaints[0].loc == ["body", "tool_choice"]
    assert caught.value.complaints[0].input == choice


async def test_a_text_completion_cannot_call_tools():
    with pytest.raises(BadRequest):
        await Scripted([rule(tool_calls=[{"name": "f"}])]).complete(prompt("hi"))


async def test_several_calls_are_answered_in_order_each_with_its_own_id():
    calls = [{"name": "f", "arguments": {"a": 1}}, {"name": "f", "arguments": {"a": 1}}, {"name": "g", "id": "mine"}]
    message, finish = await whole(Scripted([rule(tool_calls=calls)]), chat())
    assert [call.function.name for call in message.tool_calls] == ["f", "f", "g"]
    first, second, third = (call.id for call in message.tool_calls)
    assert (message.content, finish, third) == (None, "tool_calls", "mine")
    assert first != second
    assert len(first) == 9
    assert first.isalnum()
    assert first.isascii()


async def test_the_id_of_a_call_is_the_same_for_the_same_question_and_another_in_the_next_turn():
    model = Scripted([rule(tool_calls="auto")])

    async def call_id(*texts: str) -> str:
        messages = [{"role": "user", "content": text} for text in texts]
        return (await whole(model, chat(messages=messages, tools=[WEATHER])))[0].tool_calls[0].id

    assert await call_id("a") == await call_id("a") != await call_id("a", "a")


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 429, 499, 500, 502, 503, 504, 529]
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_the_status_is_what_the_caller_sees(status: int, streamed: bool):
    model = Scripted([rule(status=status)])
    with pytest.raises(GatewayError) as caught:
        await (anext(model.chat_stream(chat())) if streamed else model.chat(chat()))
    assert caught.value.status == status
    assert str(status) in caught.value.message
    assert caught.value.code


async def test_code_message_and_retry_after_of_an_error_can_be_chosen():
    model = Scripted([rule(status=503, code="busy", message="Come back.", retry_after=7)])
    with pytest.raises(Overloaded) as caught:
        await model.chat(chat())
    assert (caught.value.code, caught.value.message, caught.value.retry_after) == ("busy", "Come back.", 7)


async def test_each_raised_error_is_a_new_one():
    model = Scripted([rule(status=500)])
    errors = []
    for _ in range(2):
        with pytest.raises(GatewayError) as caught:
            await model.chat(chat())
        errors.append(caught.value)
    assert errors[0] is not errors[1]


async def test_a_filtered_prompt_has_results_per_category():
    with pytest.raises(PromptFiltered) as caught:
        await Scripted([rule(content_filter="prompt")]).chat(chat())
    assert caught.value.results["violence"] == {"filtered": True, "severity": "medium"}
    assert caught.value.results["hate"]["filtered"] is False


async def test_a_filtered_completion_keeps_its_text():
    message, finish = await whole(Scripted([rule(text="so far", content_filter="completion")]), chat())
    assert (message.content, finish) == ("so far", "content_filter")


async def test_more_words_than_the_context_holds_are_refused():
    model = Scripted([ECHO], context=3)
    assert await said(model, chat("one two three"))
    with pytest.raises(ContextOverflow) as caught:
        await model.chat(chat(messages=[{"role": "system", "content": "one"}, {"role": "user", "content": "a b c"}]))
    assert (caught.value.status, caught.value.code) == (400, "context_length_exceeded")
    with pytest.raises(ContextOverflow, match="your prompt"):
        await model.complete(prompt("one two three four"))


async def test_a_literal_json_reply_is_written_out():
    model = Scripted([rule(json={"a": [1, None]}), ECHO])
    assert await said(model, chat()) == '{"a": [1, null]}'
    assert await said(Scripted([rule(json=None)]), chat()) == "null"


async def test_json_that_fits_no_schema_names_the_parameter():
    schema = {"$ref": "#"}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    with pytest.raises(InvalidParameters) as caught:
        await Scripted([rule(json="auto")]).chat(chat(response_format=form))
    assert caught.value.complaints[0].loc == ["body", "response_format"]
