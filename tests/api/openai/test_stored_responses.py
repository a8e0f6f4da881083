"""What is kept of responses: for how long, for whom, and what is said where it cannot be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.canned import Caller, Canned, deployment, json_of, text_of
from tests.api.gated import Gated
from tests.api.openai.responses import PATH, Following, asked, ended, events_of, got, steps, text_in
from tests.limits.clock import Clock
from zaffre.core.deployment import Principal
from zaffre.core.errors import NoSuchObject
from zaffre.services.responses.kept import Kept
from zaffre.store import Responses as StoredResponses

DAY = 86_400.0


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
async def caller(tmp_path: Path, clock: Clock) -> AsyncIterator[Caller]:
    caller = Caller(deployment("demo", Canned()), data=tmp_path, now=clock)
    yield caller
    await caller.close()


async def kept_by(caller: Caller, **fields: Any) -> str:
    """The id of a response that is over."""
    return str(json_of(await caller.post(PATH, asked(**fields)))["id"])


async def count(caller: Caller, table: str) -> int:
    """Rows."""
    async with caller.database.reading() as connection:
        ((found,),) = await connection.execute_fetchall(f"SELECT count(*) FROM {table}")
    return int(found)


async def full(caller: Caller) -> None:
    """Let the disk be full: nothing more can be kept."""
    await caller.database.write(lambda connection: connection.execute_fetchall("PRAGMA max_page_count = 1"))


async def renamed(caller: Caller, table: str, name: str) -> None:
    """Break the database, or mend it."""
    await caller.database.write(lambda connection: connection.execute_fetchall(f"ALTER TABLE {table} RENAME TO {name}"))


async def test_a_response_is_there_for_thirty_days(caller: Caller, clock: Clock) -> None:
    first = await kept_by(caller)
    clock.pass_(30 * DAY)
    second = await kept_by(caller, previous_response_id=first)
    clock.pass_(1)
    for method, at in [("GET", ""), ("GET", "/input_items"), ("POST", "/cancel"), ("DELETE", "")]:
        missing = await caller.send(method, f"{PATH}/{first}{at}")
        assert missing.status == 404
        assert json_of(missing)["error"]["message"] == f"Response with id '{first}' not found."
    assert (await caller.get(f"{PATH}/{second}")).status == 200
    # Part of the conversation is no more: it cannot go on as if it had never been.
    refused = json_of(await caller.post(PATH, asked(previous_response_id=second)))["error"]
    assert (refused["code"], refused["param"]) == ("previous_response_not_found", "previous_response_id")
    assert first in refused["message"]


async def test_what_is_too_old_is_deleted_when_the_server_starts(tmp_path: Path, clock: Clock) -> None:
    caller = Caller(deployment("demo", Canned()), data=tmp_path, now=clock)
    await events_of(await caller.post(PATH, asked(background=True, stream=True)))
    await caller.close()
    clock.pass_(30 * DAY + 1)
    caller = Caller(deployment("demo", Canned()), data=tmp_path, now=clock)
    await caller.responses.start()
    async with asyncio.timeout(30):
        while await count(caller, "responses"):  # noqa: ASYNC110 - a task of the server's own
            await asyncio.sleep(0.005)
    assert (await count(caller, "response_events"), await count(caller, "response_items")) == (0, 0)
    await caller.close()


async def test_a_conversation_is_all_that_was_said_oldest_first(tmp_path: Path) -> None:
    backend = Canned()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    last = None
    for number in range(25):
        last = await kept_by(caller, input=str(number), previous_response_id=last)
    said = [message["content"] for message in msgspec.json.decode(backend.asked[-1].fields["messages"])]
    assert said[::2] == [str(number) for number in range(25)]
    assert set(said[1::2]) == {"Hello."}
    await caller.close()


async def test_a_deleted_turn_ends_the_conversation(caller: Caller) -> None:
    first = await kept_by(caller)
    second = await kept_by(caller, previous_response_id=first)
    await caller.send("DELETE", f"{PATH}/{first}")
    refused = await caller.post(PATH, asked(previous_response_id=second))
    assert refused.status == 400
    assert json_of(refused)["error"]["code"] == "previous_response_not_found"


async def test_a_principal_sees_the_responses_of_its_deployments_alone(caller: Caller, clock: Clock) -> None:
    unique = await kept_by(caller)
    item = (await got(caller, unique))["output"][0]["id"]
    kept = Kept(StoredResponses(caller.database), clock)
    mine, others = Principal("a", frozenset({"demo"})), Principal("b", frozenset({"another"}))
    assert (await kept.get(mine, unique)).id == unique
    assert len(await kept.conversation(mine, unique)) == 2
    assert item in await kept.items(mine, [item])
    with pytest.raises(NoSuchObject):
        await kept.get(others, unique)
    with pytest.raises(Exception, match="not found"):
        await kept.conversation(others, unique)
    assert await kept.items(others, [item]) == {}


async def test_an_item_is_found_wherever_it_is_still_kept(caller: Caller) -> None:
    first = json_of(await caller.post(PATH, asked("Hi")))
    (answered,) = first["output"]
    await caller.post(PATH, asked([{"role": "user", "content": "Hi"}, answered, {"role": "user", "content": "And?"}]))
    await caller.send("DELETE", f"{PATH}/{first['id']}")
    reference = {"type": "item_reference", "id": answered["id"]}
    assert (await caller.post(PATH, asked([reference, {"role": "user", "content": "And?"}]))).status == 200


async def test_an_item_that_nobody_kept_is_said(caller: Caller) -> None:
    missing = await caller.post(PATH, asked([{"type": "item_reference", "id": "msg_none"}]))
    assert missing.status == 404
    assert "msg_none" in json_of(missing)["error"]["message"]


async def test_a_stream_that_is_left_ends_upstream_and_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    backend = Gated()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    following = Following(await caller.post(PATH, asked(stream=True)))
    unique = (await following.until("response.created"))["response"]["id"]
    await following.until("response.output_text.delta")
    await following.leave()
    assert backend.closed
    cancelled = await got(caller, unique)
    assert (cancelled["status"], cancelled["output"][0]["status"]) == ("cancelled", "incomplete")
    assert text_in(cancelled) == "Hel"
    await caller.close()


async def test_a_stream_whose_reader_is_cancelled_is_kept_too(tmp_path: Path) -> None:
    backend = Gated()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    response = await caller.post(PATH, asked(stream=True))
    reading = asyncio.create_task(text_of(response))
    await backend.reached()
    reading.cancel()
    await asyncio.wait([reading])
    assert backend.closed
    async with caller.database.reading() as connection:
        assert list(await connection.execute_fetchall("SELECT status FROM responses")) == [("cancelled",)]
    await caller.close()


async def test_a_stream_that_is_left_and_not_to_be_kept_leaves_nothing(tmp_path: Path) -> None:
    backend = Gated()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    following = Following(await caller.post(PATH, asked(stream=True, store=False)))
    await following.until("response.output_text.delta")
    await following.leave()
    assert backend.closed
    assert not caller.database.exists
    await caller.close()


async def test_a_streamed_response_is_there_by_the_time_its_last_event_is_told(caller: Caller) -> None:
    following = Following(await caller.post(PATH, asked(stream=True)))
    last = await following.until("response.completed")
    assert await got(caller, last["response"]["id"]) == last["response"]
    assert (await caller.post(PATH, asked(previous_response_id=last["response"]["id"]))).status == 200


async def test_no_model_is_asked_for_what_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    backend = Canned()
    caller = Caller(deployment("demo", backend), data=tmp_path / "data")
    for fields in ({}, {"stream": True}, {"background": True}):
        refused = await caller.post(PATH, asked(**fields))
        assert refused.status == 500
        message = json_of(refused)["error"]["message"]
        assert message == "The server cannot reach what it keeps. Its operator has to look at the data folder."
    assert backend.asked == []
    assert (await caller.post(PATH, asked(store=False))).status == 200
    await caller.close()


async def test_a_full_disk_is_said_to_who_asks(caller: Caller) -> None:
    await kept_by(caller)
    await full(caller)
    for fields in ({}, {"background": True}):
        refused = await caller.post(PATH, asked("long " * 5000, **fields))
        assert (refused.status, json_of(refused)["error"]["code"]) == (500, "InternalServerError")
    events = await events_of(await caller.post(PATH, asked("long " * 5000, stream=True)))
    assert steps(events)[-2:] == ["output_item.done", "failed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert text_in(events[-1]["response"]) == "Hello."


async def test_a_background_response_whose_end_could_not_be_kept_is_answered_by_the_next_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backend = Gated()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    unique = (await following.until("response.created"))["response"]["id"]
    await backend.reached()
    await renamed(caller, "response_items", "elsewhere")
    backend.gate.set()
    assert "completed" not in steps(await following.rest())
    assert "no such table: response_items" in caplog.text
    assert (await got(caller, unique))["status"] == "in_progress"
    await renamed(caller, "elsewhere", "response_items")
    await caller.close()
    caller = Caller(deployment("demo", Canned()), data=tmp_path)
    await caller.responses.start()
    assert text_in(await ended(caller, unique)) == "Hello."
    await caller.close()


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", f"limit={'9' * 5000}", "order=up", "after=msg_x"])
async def test_a_page_that_cannot_be_is_refused_by_its_name(caller: Caller, query: str) -> None:
    refused = await caller.get(f"{PATH}/{await kept_by(caller)}/input_items?{query}")
    assert refused.status == 400
    assert json_of(refused)["error"]["param"] == query.partition("=")[0]


async def test_pages_hold_twenty_items_the_latest_first(caller: Caller) -> None:
    messages = [{"role": "user", "content": str(number)} for number in range(25)]
    at = f"{PATH}/{await kept_by(caller, input=messages)}/input_items"
    first = json_of(await caller.get(at))
    assert [item["content"][0]["text"] for item in first["data"]] == [str(number) for number in range(24, 4, -1)]
    assert (first["first_id"], first["last_id"]) == (first["data"][0]["id"], first["data"][-1]["id"])
    assert first["has_more"]
    rest = json_of(await caller.get(f"{at}?after={first['last_id']}"))
    assert [item["content"][0]["text"] for item in rest["data"]] == ["4", "3", "2", "1", "0"]
    assert not rest["has_more"]


async def test_tokens_are_counted_without_asking_the_model(tmp_path: Path) -> None:
    backend = Canned()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    counted = json_of(await caller.post(f"{PATH}/input_tokens", asked("x" * 400, instructions="y" * 40)))
    assert counted == {"object": "response.input_tokens", "input_tokens": 110}
    assert backend.asked == []
    assert not caller.database.exists
    assert (await caller.post(f"{PATH}/input_tokens", asked(tools=[{"type": "web_search"}]))).status == 400
    await caller.close()


async def test_what_was_said_before_counts_too(caller: Caller) -> None:
    unique = await kept_by(caller, input="x" * 400)
    counted = json_of(await caller.post(f"{PATH}/input_tokens", asked("x" * 400, previous_response_id=unique)))
    assert counted["input_tokens"] == 202
