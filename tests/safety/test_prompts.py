"""Prompts that are checked before they leave, on every surface."""

import logging
from typing import Any

import pytest

from tests.api.canned import Canned, chat, events_of, json_of
from tests.safety.marking import HARMLESS, NO_JAILBREAK, of
from tests.safety.screened import PATHS, Screened
from zaffre.config.filters import FilterConfig

MICROSOFTS = (
    "The response was filtered due to the prompt triggering Microsoft's content management policy. "
    "Please modify your prompt and retry."
)
AZURES = MICROSOFTS.replace("Microsoft's", "Azure OpenAI's")
SERVED = [
    ("/models/completions", {"model": "demo", "prompt": "TEXT"}),
    ("/models/embeddings", {"model": "demo", "input": ["fine", "TEXT"]}),
    (
        "/models/images/embeddings",
        {"model": "demo", "input": [{"image": "data:image/png;base64,eA==", "text": "TEXT"}]},
    ),
    ("/openai/v1/completions", {"model": "demo", "prompt": ["fine", "TEXT"]}),
    ("/openai/v1/completions", {"model": "demo", "prompt": "fine", "suffix": "TEXT"}),
    ("/openai/v1/embeddings", {"model": "demo", "input": "TEXT"}),
    ("/openai/v1/responses", {"model": "demo", "input": "TEXT", "store": False}),
    ("/openai/v1/responses", {"model": "demo", "input": "TEXT", "store": False, "stream": True}),
    *((path, {**chat("demo", "TEXT"), "stream": stream}) for path in PATHS.values() for stream in (False, True)),
]


def said(body: Any, text: str) -> Any:
    if isinstance(body, dict):
        return {name: said(value, text) for name, value in body.items()}
    if isinstance(body, list):
        return [said(value, text) for value in body]
    return body.replace("TEXT", text) if isinstance(body, str) else body


@pytest.mark.parametrize(("path", "body"), SERVED)
async def test_a_prompt_that_is_caught_is_400_before_anything_else_and_never_leaves(path: str, body: Any) -> None:
    screened = Screened()
    refused = await screened.post(path, said(body, "a thunder6 storm"))
    error = json_of(refused)["error"]
    assert (refused.status, error["code"], error["param"]) == (400, "content_filter", "prompt")
    assert screened.backend.asked == []
    assert ("demo", "violence", "prompt") in screened.counted.all


@pytest.mark.parametrize(("path", "body"), SERVED)
async def test_a_harmless_prompt_is_answered_as_ever(path: str, body: Any) -> None:
    screened = Screened(Canned())
    answered = await screened.post(path, said(body, "a summer breeze"))
    assert answered.status == 200
    if not isinstance(answered.body, bytes):
        assert [piece async for piece in answered.body]
    assert len(screened.backend.asked) == 1


async def test_each_surface_refuses_in_its_own_words() -> None:
    body = chat("demo", "thunder6")
    found = of(violence="high") | NO_JAILBREAK
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    error = json_of(await Screened().post("inference", body))["error"]
    assert error == {
        "code": "content_filter",
        "message": MICROSOFTS,
        "status": 400,
        "type": None,
        "param": "prompt",
        "innererror": inner,
    }
    for surface in ("azure", "v1"):
        error = json_of(await Screened().post(surface, body))["error"]
        assert error == {
            "message": AZURES,
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": inner | {"content_filter_results": found},
        }
    error = json_of(
        await Screened().post("/openai/v1/responses", {"model": "demo", "input": "thunder6", "store": False})
    )["error"]
    assert error["content_filters"][0]["content_filter_results"] == found


@pytest.mark.parametrize("surface", PATHS)
async def test_whole_answers_tell_what_was_found_in_the_prompt(surface: str) -> None:
    answer = json_of(await Screened().post(surface, chat("demo", "thunder2")))
    found = HARMLESS | NO_JAILBREAK | {"violence": {"filtered": False, "severity": "low"}}
    assert answer["prompt_filter_results"] == [{"prompt_index": 0, "content_filter_results": found}]


@pytest.mark.parametrize("surface", PATHS)
async def test_annotations_can_be_switched_off(surface: str) -> None:
    answer = json_of(await Screened(said=FilterConfig(annotations=False)).post(surface, chat()))
    assert "prompt_filter_results" not in answer
    assert "content_filter_results" not in answer["choices"][0]


async def test_every_prompt_of_a_text_completion_has_its_own_results() -> None:
    body = {"model": "demo", "prompt": ["thunder3", "fine"]}
    answer = json_of(await Screened().post("/openai/v1/completions", body))
    severities = [each["content_filter_results"]["violence"]["severity"] for each in answer["prompt_filter_results"]]
    assert severities == ["low", "safe"]


async def test_only_the_latest_message_of_the_user_is_checked() -> None:
    screened = Screened()
    messages = [
        {"role": "system", "content": "You write about thunder6."},
        {"role": "user", "content": "thunder6"},
        {"role": "assistant", "content": "thunder6"},
        {"role": "user", "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "now?"}]},
        {"role": "assistant", "content": "A thunder6"},
    ]
    assert (await screened.post("v1", {"model": "demo", "messages": messages})).status == 200
    assert screened.classifier.asked[0] == ("And\nnow?", "prompt")


TAGGED = 'Sum this up.\n"""\n<documents>\nThe compass points north.\n</documents>\n"""\nThanks.'
CALLED = [
    {"role": "user", "content": "What does it say?"},
    {"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "a", "content": "A compass."},
]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": TAGGED}],
        [{"role": "system", "content": TAGGED}, {"role": "user", "content": "Go on."}],
        CALLED,
    ],
)
async def test_attacks_are_looked_for_in_documents_and_tool_results_if_wanted(messages: list[Any]) -> None:
    body = {"model": "demo", "messages": messages}
    error = json_of(await Screened(said=FilterConfig(indirect_attack="block")).post("v1", body))["error"]
    found = error["innererror"]["content_filter_result"]
    assert found["indirect_attack"] == {"filtered": True, "detected": True}
    assert found["jailbreak"]["detected"] is False
    answer = json_of(await Screened(said=FilterConfig(indirect_attack="annotate")).post("v1", body))
    found = answer["prompt_filter_results"][0]["content_filter_results"]
    assert found["indirect_attack"] == {"filtered": False, "detected": True}
    assert (await Screened().post("v1", body)).status == 200


async def test_tags_that_stay_open_cost_no_more_than_their_text() -> None:
    screened = Screened(said=FilterConfig(indirect_attack="block"))
    # Hours, if each were followed to the end of the text.
    text = '"""<documents>' * 100_000
    assert (await screened.post("v1", chat("demo", text))).status == 200
    assert screened.classifier.asked[0] == (text, "prompt")
    several = '""" <documents>one</documents> """ and """<documents>two compass</documents>"""'
    assert (await screened.post("v1", chat("demo", several))).status == 400
    assert [asked for asked in screened.classifier.asked if asked[1] == "document"] == [
        ("one", "document"),
        ("two compass", "document"),
    ]


async def test_a_document_is_no_prompt_and_nothing_is_said_of_documents_that_are_not_there() -> None:
    screened = Screened(said=FilterConfig(indirect_attack="block"))
    tagged = TAGGED.replace("compass", "lantern")
    answer = json_of(await screened.post("v1", chat("demo", tagged)))
    found = answer["prompt_filter_results"][0]["content_filter_results"]
    assert (found["jailbreak"]["detected"], found["indirect_attack"]["detected"]) == (False, False)
    answer = json_of(await screened.post("v1", chat("demo", "No documents.")))
    assert "indirect_attack" not in answer["prompt_filter_results"][0]["content_filter_results"]


async def test_a_filter_that_cannot_judge_lets_calls_through_and_says_so() -> None:
    screened = Screened()
    screened.classifier.failing = RuntimeError("thunder6 broke it")
    answer = json_of(await screened.post("v1", chat("demo", "thunder6")))
    unchecked = {"error": {"code": "content_filter_error", "message": "The contents are not filtered"}}
    assert answer["prompt_filter_results"][0]["content_filter_results"] == unchecked
    assert answer["choices"][0]["content_filter_results"] == unchecked
    assert screened.counted.all == [("demo", "error", "prompt"), ("demo", "error", "completion")]


@pytest.mark.parametrize("stream", [False, True])
async def test_or_answers_nothing_unchecked_where_it_is_to_fail_closed(stream: bool) -> None:
    screened = Screened(said=FilterConfig(on_error="closed"))
    screened.classifier.failing = RuntimeError()
    refused = await screened.post("v1", chat("demo", "fine", stream=stream))
    assert (refused.status, json_of(refused)["error"]["code"]) == (503, "content_filter_error")
    assert screened.backend.asked == []


async def test_the_log_has_a_hash_and_never_the_text_unless_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await Screened().post("v1", chat("demo", "thunder6 over the hills"))
    [line] = [record.getMessage() for record in caplog.records]
    for word in ("mine", "prompt", "demo", "violence (high)", "marking", "sha256:"):
        assert word in line
    assert "hills" not in line
    await Screened(said=FilterConfig(log_text=True)).post("v1", chat("demo", "thunder6 over the hills"))
    assert "over the hills" in caplog.records[-1].getMessage()


async def test_what_a_classifier_breaks_on_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    screened = Screened()
    screened.classifier.failing = RuntimeError("over the hills")
    await screened.post("v1", chat("demo", "over the hills"))
    assert "could not be checked" in caplog.text
    assert "hills" not in caplog.text


@pytest.mark.parametrize(("path", "body"), SERVED)
async def test_somebody_in_need_is_told_where_help_is(path: str, body: Any) -> None:
    screened = Screened(said=FilterConfig(self_harm_help="You are not alone. Call 000."))
    response = await screened.post(path, said(body, "marble"))
    error = json_of(response)["error"]
    assert (response.status, error["code"], error["message"]) == (400, "content_filter", "You are not alone. Call 000.")
    error = json_of(await screened.post(path, said(body, "thunder")))["error"]
    assert "You are not alone" not in error["message"]


async def test_a_prompt_without_text_has_nothing_to_check() -> None:
    screened = Screened()
    for body in ({"model": "demo", "input": [1, 2]}, {"model": "demo", "input": [[1], [2]]}):
        assert (await screened.post("/openai/v1/embeddings", body)).status == 200
    assert screened.classifier.asked == []


async def test_streams_that_are_let_through_are_the_same_on_the_inference_api() -> None:
    events = await events_of(await Screened().post("inference", chat(stream=True)))
    assert "".join(event["choices"][0]["delta"].get("content", "") for event in events) == "Hello."
