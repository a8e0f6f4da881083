"""The Responses API through the door: whole, streamed, chained, kept, in the background."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.canned import Caller, Canned, deployment, finish_chunk, json_of, text_chunk
from tests.api.openai.responses import PATH, asked, events_of
from zaffre.core.chat import Chunk, ChunkChoice, Delta
from zaffre.core.errors import PromptFiltered, UpstreamError


@pytest.fixture
def backend() -> Canned:
    return Canned(chunks=[[text_chunk("Hel"), text_chunk("lo.")], [finish_chunk()]])


@pytest.fixture
async def caller(backend: Canned, tmp_path: Path) -> AsyncIterator[Caller]:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    yield caller
    await caller.close()


async def test_an_answer_has_its_text_and_its_usage(caller: Caller) -> None:
    body = json_of(await caller.post(PATH, asked(instructions="Be brief.")))
    assert body["status"] == "completed"
    assert body["output"][0]["content"][0]["text"] == "Hello."
    assert (body["usage"]["input_tokens"], body["usage"]["output_tokens"]) == (4, 1)
    assert body["model"] == "demo-model"
    assert body["instructions"] == "Be brief."


@pytest.mark.parametrize(
    "path",
    ["/openai/deployments/demo/responses?api-version=2025-04-01-preview", "/openai/v1/deployments/demo/responses"],
)
async def test_below_a_deployments_own_address_the_bodys_model_is_ignored(caller: Caller, path: str) -> None:
    body = json_of(await caller.post(path, asked(model="gpt-3.5-turbo")))
    assert body["model"] == "demo-model"
    assert json_of(await caller.get(f"{PATH}/{body['id']}"))["id"] == body["id"]


async def test_what_is_asked_reaches_the_model_as_a_chat(caller: Caller, backend: Canned) -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    await caller.post(
        PATH, asked(instructions="Be brief.", tools=[tool], max_output_tokens=7, reasoning={"effort": "low"})
    )
    fields = {name: msgspec.json.decode(raw) for name, raw in backend.asked[-1].fields.items()}
    assert fields["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert fields["tools"] == [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert (fields["max_completion_tokens"], fields["reasoning_effort"]) == (7, "low")


async def test_an_input_is_counted_in_whatever_style_its_answer_would_be(caller: Caller, backend: Canned) -> None:
    backend.takes = frozenset()
    counted = await caller.post(f"{PATH}/input_tokens", asked("How many feet are in a mile?", personality="friendly"))
    assert json_of(counted) == {"object": "response.input_tokens", "input_tokens": 7}
    assert (await caller.post(f"{PATH}/input_tokens", asked(nonsense=True))).status == 400
    assert backend.asked == []


async def test_a_stream_says_each_step_once_and_in_order(caller: Caller) -> None:
    events = await events_of(await caller.post(PATH, asked(stream=True)))
    assert [event["type"] for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(10))
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "Hello."


async def test_a_response_goes_on_from_an_earlier_one(caller: Caller, backend: Canned) -> None:
    first = json_of(await caller.post(PATH, asked("Hi", instructions="Be brief.")))
    second = json_of(await caller.post(PATH, asked("And?", previous_response_id=first["id"])))
    assert second["previous_response_id"] == first["id"]
    assert msgspec.json.decode(backend.asked[-1].fields["messages"]) == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "And?"},
    ]


async def test_an_item_that_is_kept_can_be_named_instead_of_sent(caller: Caller, backend: Canned) -> None:
    first = json_of(await caller.post(PATH, asked("Hi")))
    named = {"type": "item_reference", "id": first["output"][0]["id"]}
    await caller.post(PATH, asked([named, {"role": "user", "content": "And?"}]))
    said = msgspec.json.decode(backend.asked[-1].fields["messages"])
    assert [message["content"] for message in said] == ["Hello.", "And?"]


async def test_what_is_not_to_be_kept_is_not(caller: Caller) -> None:
    unique = json_of(await caller.post(PATH, asked(store=False)))["id"]
    assert (await caller.get(f"{PATH}/{unique}")).status == 404
    refused = await caller.post(PATH, asked(previous_response_id=unique))
    assert refused.status == 400
    assert json_of(refused)["error"]["code"] == "previous_response_not_found"


async def test_a_kept_response_is_found_listed_and_deleted(caller: Caller) -> None:
    body = json_of(await caller.post(PATH, asked("Hi")))
    at = f"{PATH}/{body['id']}"
    assert json_of(await caller.get(at)) == body
    items = json_of(await caller.get(f"{at}/input_items"))
    assert [item["content"] for item in items["data"]] == [[{"type": "input_text", "text": "Hi"}]]
    assert not items["has_more"]
    deleted = json_of(await caller.send("DELETE", at))
    assert deleted == {"id": body["id"], "object": "response", "deleted": True}
    missing = await caller.get(at)
    assert missing.status == 404
    assert json_of(missing)["error"]["message"] == f"Response with id '{body['id']}' not found."


async def test_input_items_come_in_pages(caller: Caller) -> None:
    messages = [{"role": "user", "content": str(number)} for number in range(3)]
    at = f"{PATH}/{json_of(await caller.post(PATH, asked(messages)))['id']}/input_items"
    first = json_of(await caller.get(f"{at}?limit=2&order=asc"))
    assert [item["content"][0]["text"] for item in first["data"]] == ["0", "1"]
    assert first["has_more"]
    rest = json_of(await caller.get(f"{at}?order=asc&after={first['last_id']}"))
    assert [item["content"][0]["text"] for item in rest["data"]] == ["2"]
    assert (await caller.get(f"{at}?limit=0")).status == 400


async def test_a_background_response_is_queued_and_answered(caller: Caller) -> None:
    queued = json_of(await caller.post(PATH, asked(background=True, stream=False)))
    assert (queued["status"], queued["output"]) == ("queued", [])
    streamed = await caller.post(PATH, asked(background=True, stream=True))
    events = await events_of(streamed)
    assert [event["type"] for event in events[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert events[-1]["type"] == "response.completed"
    unique = events[-1]["response"]["id"]
    assert json_of(await caller.get(f"{PATH}/{unique}"))["status"] == "completed"
    again = await events_of(await caller.get(f"{PATH}/{unique}?stream=true&starting_after=4"))
    assert again == events[5:]


async def test_only_what_runs_in_the_background_can_be_cancelled(caller: Caller) -> None:
    unique = json_of(await caller.post(PATH, asked()))["id"]
    assert (await caller.send("POST", f"{PATH}/{unique}/cancel")).status == 400


async def test_a_broken_stream_fails_the_response_and_keeps_what_was_said(tmp_path: Path) -> None:
    caller = Caller(deployment("demo", Canned(chunks=[[text_chunk("Hel")]], breaks=UpstreamError())), data=tmp_path)
    events = await events_of(await caller.post(PATH, asked(stream=True)))
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"]["code"] == "server_error"
    kept = json_of(await caller.get(f"{PATH}/{events[-1]['response']['id']}"))
    assert kept["status"] == "failed"
    assert kept["output"][0]["content"][0]["text"] == "Hel"
    await caller.close()


async def test_an_answer_cut_short_is_incomplete(tmp_path: Path) -> None:
    chunks = [[text_chunk("Hel")], [Chunk([ChunkChoice(Delta(), 0, "length")])]]
    caller = Caller(deployment("demo", Canned(chunks=chunks)), data=tmp_path)
    events = await events_of(await caller.post(PATH, asked(stream=True)))
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    await caller.close()


async def test_a_filtered_prompt_is_refused_in_the_words_of_this_api(tmp_path: Path) -> None:
    results = {"violence": {"filtered": True, "severity": "high"}}
    caller = Caller(deployment("demo", Canned(error=PromptFiltered(results))), data=tmp_path)
    refused = await caller.post(PATH, asked(stream=True))
    assert refused.status == 400
    error = json_of(refused)["error"]
    assert (error["code"], error["type"], error["param"]) == ("content_filter", "invalid_request_error", "prompt")
    assert error["content_filters"][0]["content_filter_results"] == results
    await caller.close()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [{"name": "f", "parameters": {}}]}, "tools[0].type"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"background": True, "store": False}, "store"),
        ({"temperature": 7}, "temperature"),
        ({"input": [{"type": "odd"}]}, "input[0].type"),
        ({"model": None}, "model"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_its_name(caller: Caller, fields: dict[str, Any], param: str) -> None:
    refused = await caller.post(PATH, {**asked(), **fields})
    assert refused.status == 400
    assert json_of(refused)["error"]["param"] == param


async def test_the_classic_surface_has_the_same_responses(caller: Caller) -> None:
    body = json_of(await caller.post("/openai/responses?api-version=2025-03-01-preview", asked()))
    assert json_of(await caller.get(f"{PATH}/{body['id']}")) == body


# Python 3.12 goes deeper than those before it.
@pytest.mark.parametrize("depth", [994, 100_000] if sys.version_info < (3, 12) else [100_000])
async def test_a_body_nested_too_deeply_is_refused(caller: Caller, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    body = f'{{"model":"demo","input":"Hi","tools":[{{"type":"function","name":"f","parameters":{{"a":{deep}}}}}]}}'
    refused = await caller.post(PATH, body.encode())
    assert refused.status == 400
    assert "nested too deeply" in json_of(refused)["error"]["message"]
