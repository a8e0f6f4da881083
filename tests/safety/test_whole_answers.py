"""Whole answers that are checked before they are shown."""

import asyncio
from typing import Any

import pytest

from tests.api.canned import Caller, Canned, chat, deployment, json_of
from tests.safety.marking import HARMLESS, of
from tests.safety.screened import PATHS, Ledger, Screened
from zaffre.config.filters import FilterConfig, Harm, Threshold
from zaffre.core.chat import (
    AnswerMessage,
    ChatRequest,
    Choice,
    Completion,
    CompletionRequest,
    FunctionCall,
    TextChoice,
    TextCompletion,
    ToolCall,
    Usage,
)
from zaffre.core.errors import Overloaded
from zaffre.core.limits import Sku
from zaffre.gateway.meter import Metering
from zaffre.metering.metrics import Metrics


def answering(*texts: str | None, **more: Any) -> Canned:
    choices = [Choice(AnswerMessage(text, **more), index, "stop") for index, text in enumerate(texts)]
    return Canned(Completion(choices, Usage(4, 9, 13)))


class Completing(Canned):
    async def complete(self, request: CompletionRequest) -> TextCompletion:
        return TextCompletion(
            [TextChoice("fine", 0, "stop"), TextChoice("a thunder6 storm", 1, "stop")], Usage(1, 2, 3)
        )


class Waiting(Canned):
    """Answers once it may, and tells when it begins and when it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.stopped = False

    async def chat(self, request: ChatRequest) -> Completion:
        self.begun.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return await super().chat(request)


@pytest.mark.parametrize("surface", PATHS)
async def test_an_answer_that_is_caught_is_empty_and_says_why(surface: str) -> None:
    screened = Screened(answering("It is a thunder5 storm."))
    answered = await screened.post(surface, chat())
    [choice] = json_of(answered)["choices"]
    assert (answered.status, choice["finish_reason"], choice["message"]["content"]) == (200, "content_filter", "")
    assert choice["content_filter_results"] == of(violence="medium")
    assert screened.counted.all == [("demo", "violence", "completion")]


async def test_of_several_choices_only_the_bad_one_is_taken_away() -> None:
    body = chat(n=3)
    answer = json_of(await Screened(answering("one", "thunder6", "three")).post("v1", body))
    assert [(each["finish_reason"], each["message"]["content"]) for each in answer["choices"]] == [
        ("stop", "one"),
        ("content_filter", ""),
        ("stop", "three"),
    ]
    assert [each["content_filter_results"]["violence"]["filtered"] for each in answer["choices"]] == [
        False,
        True,
        False,
    ]


async def test_what_is_only_annotated_is_shown_with_its_annotation() -> None:
    said = FilterConfig(violence=Harm(completion=Threshold("low", "annotate")))
    answer = json_of(await Screened(answering("thunder6"), said).post("v1", chat()))
    [choice] = answer["choices"]
    assert choice["message"]["content"] == "thunder6"
    found = HARMLESS | {"violence": {"filtered": False, "severity": "high"}}
    assert choice["content_filter_results"] == found


@pytest.mark.parametrize("channel", ["reasoning_content", "refusal"])
async def test_whatever_a_model_says_is_checked(channel: str) -> None:
    answer = json_of(await Screened(answering("Fine.", **{channel: "thunder6"})).post("v1", chat()))
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert "thunder6" not in str(answer)


async def test_tool_calls_pass_unharmed_and_go_with_a_text_that_is_caught() -> None:
    calls = [ToolCall("a", FunctionCall("f", '{"x": "sunshine"}'))]
    [choice] = json_of(await Screened(answering(None, tool_calls=calls)).post("v1", chat()))["choices"]
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"x": "sunshine"}'
    assert choice["finish_reason"] == "tool_calls"
    [choice] = json_of(await Screened(answering("thunder6", tool_calls=calls)).post("v1", chat()))["choices"]
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "content_filter"


@pytest.mark.parametrize("surface", PATHS)
async def test_arguments_of_tool_calls_are_checked(surface: str) -> None:
    calls = [ToolCall("a", FunctionCall("f", "{}")), ToolCall("b", FunctionCall("g", '{"x": "thunder6"}'))]
    [choice] = json_of(await Screened(answering("Fine.", tool_calls=calls)).post(surface, chat()))["choices"]
    assert not choice["message"].get("tool_calls")
    assert choice["finish_reason"] == "content_filter"


async def test_arguments_are_data_and_are_not_masked() -> None:
    calls = [ToolCall("a", FunctionCall("f", '{"to": "ann@example.org"}'))]
    answer = answering("Write to ann@example.org.", tool_calls=calls)
    [choice] = json_of(await Screened(answer, FilterConfig(pii={"email": "redact"})).post("v1", chat()))["choices"]
    assert "ann@" not in choice["message"]["content"]
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"to": "ann@example.org"}'


@pytest.mark.parametrize("path", ["/models/completions", "/openai/v1/completions"])
async def test_text_completions_are_checked_choice_by_choice(path: str) -> None:
    answer = json_of(await Screened(Completing()).post(path, {"model": "demo", "prompt": "a", "n": 2} | _extras(path)))
    assert [(each["finish_reason"], each["text"]) for each in answer["choices"]] == [
        ("stop", "fine"),
        ("content_filter", ""),
    ]
    assert answer["choices"][1]["content_filter_results"] == of(violence="high")


def _extras(path: str) -> dict[str, Any]:
    # The Inference API does not know `n`.
    return {"n": None} if path.startswith("/models") else {}


async def test_a_response_that_is_caught_is_incomplete() -> None:
    body = {"model": "demo", "input": "Hi", "store": False}
    answer = json_of(await Screened(answering("thunder6")).post("/openai/v1/responses", body))
    assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
    assert "thunder" not in str(answer)


async def test_a_prompt_that_is_caught_leaves_a_row_without_tokens_and_an_answer_one_with_all_its_tokens() -> None:
    ledger = Ledger()
    screened = Screened(answering("thunder6"), metering=Metering(ledger))
    await screened.post("v1", chat("demo", "thunder6"))
    assert ledger.last == (400, 0, 0)
    await screened.post("v1", chat())
    assert ledger.last == (200, 4, 9)


async def test_an_answer_that_cannot_be_checked_has_been_used_all_the_same() -> None:
    ledger = Ledger()
    screened = Screened(answering("fine"), FilterConfig(on_error="closed"), metering=Metering(ledger))
    screened.classifier.failing, screened.classifier.failing_on = RuntimeError(), "completion"
    refused = await screened.post("v1", chat())
    assert (refused.status, ledger.last) == (503, (503, 4, 9))


async def test_a_call_that_spills_over_is_checked_by_the_filter_of_who_answers() -> None:
    screened = Screened(Canned())
    full = deployment("full", Canned(error=Overloaded()), sku=Sku.PROVISIONED_MANAGED, capacity=1, spillover="demo")
    caller = Caller(full, screened.deployment)
    answer = json_of(await caller.post("/openai/v1/chat/completions", chat("full")))
    assert "prompt_filter_results" in answer
    assert (await caller.post("/openai/v1/chat/completions", chat("full", "thunder6"))).status == 400
    assert len(screened.backend.asked) == 1


async def test_first_the_prompt_then_the_model() -> None:
    backend = Waiting()
    screened = Screened(backend)
    screened.classifier.gate = gate = asyncio.Event()
    call = asyncio.create_task(screened.post("v1", chat()))
    await screened.classifier.called.wait()
    assert not backend.begun.is_set()
    gate.set()
    await backend.begun.wait()
    backend.gate.set()
    assert (await call).status == 200


async def test_a_call_beside_its_prompts_check_is_stopped_and_metered_if_that_fails() -> None:
    ledger = Ledger()
    backend = Waiting()
    screened = Screened(backend, FilterConfig(screen="parallel"), metering=Metering(ledger))
    screened.classifier.gate = gate = asyncio.Event()
    call = asyncio.create_task(screened.post("v1", chat("demo", "thunder6 " * 8)))
    await backend.begun.wait()
    gate.set()
    assert (await call).status == 400
    assert backend.stopped
    assert ledger.last == (400, 18, 0)
    assert ledger.records[-1].estimated


async def test_a_call_beside_its_prompts_check_is_answered_if_that_is_good() -> None:
    screened = Screened(said=FilterConfig(screen="parallel"))
    answer = json_of(await screened.post("v1", chat()))
    assert answer["choices"][0]["message"]["content"] == "Hello."


async def test_a_caller_who_leaves_stops_both() -> None:
    backend = Waiting()
    screened = Screened(backend, FilterConfig(screen="parallel"))
    screened.classifier.gate = asyncio.Event()
    call = asyncio.create_task(screened.post("v1", chat()))
    await backend.begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert backend.stopped


def test_metrics_count_what_is_stopped() -> None:
    metrics = Metrics()
    metrics.filtered("demo", "violence", "prompt")
    line = 'zaffre_filtered_total{category="violence",deployment="demo",side="prompt"} 1.0'
    assert line in metrics.written().decode()
