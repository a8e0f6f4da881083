"""What answers and streams tell of what was found, and where they tell nothing."""

from typing import Any

import msgspec
import pytest

from tests.api.canned import Canned, chat, events_of, json_of
from tests.safety.marking import HARMLESS, NO_JAILBREAK, of
from tests.safety.screened import Screened
from tests.safety.streaming import streaming
from tests.safety.test_whole_answers import answering
from zaffre.config.filters import FilterConfig

FOUND = [{"prompt_index": 0, "content_filter_results": HARMLESS | NO_JAILBREAK}]
LONG = "All was quiet on the river that morning, and it stayed so. "


@pytest.mark.parametrize("surface", ["azure", "v1"])
async def test_a_stream_tells_of_the_prompt_first_and_of_each_text_with_it(surface: str) -> None:
    events = await events_of(await streaming([LONG, "It was thunder2 later."]).post(surface, chat(stream=True)))
    assert events[0]["prompt_filter_results"] == FOUND
    assert all("prompt_filter_results" not in event for event in events[1:])
    choices = [choice for event in events for choice in event["choices"]]
    low = HARMLESS | {"violence": {"filtered": False, "severity": "low"}}
    assert [(each["delta"].get("content"), each["content_filter_results"]) for each in choices] == [
        ("", {}),
        (LONG, HARMLESS),
        ("It was thunder2 later.", low),
        (None, low),
    ]


@pytest.mark.parametrize("surface", ["azure", "v1"])
async def test_the_last_chunk_says_what_stopped_a_stream(surface: str) -> None:
    events = await events_of(await streaming([LONG, "thunder6"]).post(surface, chat(stream=True)))
    [choice] = events[-1]["choices"]
    assert (choice["finish_reason"], choice["content_filter_results"]) == ("content_filter", of(violence="high"))
    assert choice["delta"] == {}


async def test_streams_of_the_inference_api_tell_nothing_and_every_choice_has_a_delta() -> None:
    events = await events_of(await streaming([LONG, "thunder6"]).post("inference", chat(stream=True)))
    assert "filter_results" not in str(events)
    assert all("delta" in choice for event in events for choice in event["choices"])


async def test_streams_can_be_told_to_tell_nothing() -> None:
    said = FilterConfig(annotations=False)
    assert "filter_results" not in str(await events_of(await streaming([LONG], said).post("v1", chat(stream=True))))


async def test_streams_of_text_tell_it_too() -> None:
    body = {"model": "demo", "prompt": "a", "stream": True}
    events = await events_of(await Screened(Canned()).post("/openai/v1/completions", body))
    assert events[0]["prompt_filter_results"] == FOUND
    assert [each["choices"][0]["content_filter_results"] for each in events] == [HARMLESS, HARMLESS]


@pytest.mark.parametrize(("text", "blocked"), [("Fine.", False), ("thunder6", True)])
async def test_a_response_lists_its_filters_once_it_is_over(text: str, blocked: bool) -> None:
    body = {"model": "demo", "input": "Hello", "store": False}
    prompt, completion = json_of(await Screened(answering(text)).post("/openai/v1/responses", body))["content_filters"]
    assert (prompt["source_type"], prompt["blocked"], prompt["content_filter_raw"]) == ("prompt", False, None)
    assert prompt["content_filter_offsets"] == {"start_offset": 0, "end_offset": 5, "check_offset": 5}
    assert (completion["source_type"], completion["blocked"]) == ("completion", blocked)
    end = 5 + len(text)
    assert completion["content_filter_offsets"] == {"start_offset": 5, "end_offset": end, "check_offset": end}


async def test_a_streamed_response_lists_them_in_its_last_event_alone() -> None:
    body = {"model": "demo", "input": "Hello", "store": False, "stream": True}
    response = await streaming([LONG, "thunder6"]).post("/openai/v1/responses", body)
    assert not isinstance(response.body, bytes)
    said = b"".join([piece async for piece in response.body]).decode()
    told: list[Any] = [msgspec.json.decode(line[6:]) for line in said.splitlines() if line.startswith("data: ")]
    filters = [event["response"]["content_filters"] for event in told if "response" in event]
    assert filters[:-1] == [None, None]
    assert [each["blocked"] for each in filters[-1]] == [False, True]


async def test_a_deployment_without_a_filter_lists_none() -> None:
    from tests.api.canned import Caller, deployment

    caller = Caller(deployment("demo", Canned()))
    body = {"model": "demo", "input": "Hello", "store": False}
    assert json_of(await caller.post("/openai/v1/responses", body))["content_filters"] is None
    assert "filter_results" not in str(json_of(await caller.post("/openai/v1/chat/completions", chat())))
