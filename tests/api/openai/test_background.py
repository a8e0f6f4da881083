"""Responses in the background: they go on without their callers, are followed, stopped, and taken up again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.canned import Caller, Canned, deployment, json_of, text_chunk
from tests.api.gated import Gated
from tests.api.openai.responses import (
    PATH,
    Following,
    asked,
    ended,
    events_of,
    got,
    queued,
    steps,
    text_in,
)
from zaffre.core.errors import RateLimited, UpstreamError
from zaffre.services.responses.background import AT_ONCE
from zaffre.services.responses.job import MOST_BEGINNINGS


@pytest.fixture
def backend() -> Gated:
    return Gated()


@pytest.fixture
async def caller(backend: Gated, tmp_path: Path) -> AsyncIterator[Caller]:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    yield caller
    await caller.close()


async def restarted(backend: Any, data: Path, name: str = "demo") -> Caller:
    """A new run of the server on the same data."""
    caller = Caller(deployment(name, backend), data=data)
    await caller.responses.start()
    return caller


async def test_it_is_queued_then_in_progress_then_completed(caller: Caller, backend: Gated) -> None:
    unique = await queued(caller)
    await backend.reached()
    under_way = await got(caller, unique)
    assert (under_way["status"], under_way["background"], under_way["completed_at"]) == ("in_progress", True, None)
    backend.gate.set()
    over = await ended(caller, unique)
    assert (over["status"], text_in(over)) == ("completed", "Hello.")
    assert over["id"] == unique
    assert over["created_at"] == under_way["created_at"]
    assert over["usage"]["output_tokens"] == 1


async def test_some_are_answered_at_a_time_and_the_others_wait_in_order(caller: Caller, backend: Gated) -> None:
    all_of_them = [await queued(caller, input=str(number)) for number in range(AT_ONCE + 2)]
    await backend.reached(AT_ONCE)
    waiting = [(await got(caller, unique))["status"] for unique in all_of_them[AT_ONCE:]]
    assert (waiting, len(backend.asked)) == (["queued", "queued"], AT_ONCE)
    backend.gate.set()
    for unique in all_of_them:
        assert (await ended(caller, unique))["status"] == "completed"
    said = [request.known.messages[0].content for request in backend.asked]
    assert said == [str(number) for number in range(AT_ONCE + 2)]


@pytest.mark.parametrize("turns", range(12))
async def test_what_is_kept_is_answered_even_if_its_caller_left_before_it_was_told(tmp_path: Path, turns: int) -> None:
    caller = Caller(deployment("demo", Canned()), data=tmp_path)
    await caller.post(PATH, asked())
    asking = asyncio.create_task(caller.post(PATH, asked(background=True)))
    for _ in range(turns):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    async with caller.database.reading() as connection:
        found = await connection.execute_fetchall("SELECT id FROM responses WHERE background = 1")
    for (unique,) in found:
        assert (await ended(caller, unique))["status"] == "completed"
    await caller.close()


async def test_followers_see_each_event_as_it_comes(caller: Caller, backend: Gated) -> None:
    first = Following(await caller.post(PATH, asked(background=True, stream=True)))
    created = await first.until("response.created")
    at = f"{PATH}/{created['response']['id']}?stream=true"
    await first.until("response.output_text.delta")
    second = Following(await caller.get(at))
    await second.until("response.output_text.delta")
    third = Following(await caller.get(f"{at}&starting_after={second.seen[-1]['sequence_number']}"))
    backend.gate.set()
    rest = await first.rest()
    assert steps(rest)[-1] == "completed"
    assert (await second.rest(), await third.rest()) == (rest, rest)
    assert first.seen == second.seen
    assert [event["sequence_number"] for event in first.seen] == list(range(len(first.seen)))
    assert steps(first.seen)[:3] == ["created", "queued", "in_progress"]


async def test_a_follower_who_leaves_stops_nothing(caller: Caller, backend: Gated) -> None:
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    created = await following.until("response.created")
    await following.leave()
    await backend.reached()
    backend.gate.set()
    assert text_in(await ended(caller, created["response"]["id"])) == "Hello."


async def test_the_response_is_over_by_the_time_its_last_event_is_told(caller: Caller, backend: Gated) -> None:
    backend.gate.set()
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    last = await following.until("response.completed")
    assert await got(caller, last["response"]["id"]) == last["response"]
    assert await following.rest() == []


@pytest.mark.parametrize("fields", [{"background": True}, {"stream": True}], ids=["not streamed", "not in background"])
async def test_only_a_background_stream_can_be_taken_up_again(tmp_path: Path, fields: dict[str, Any]) -> None:
    caller = Caller(deployment("demo", Canned()), data=tmp_path)
    response = await caller.post(PATH, asked(**fields))
    body = (await events_of(response))[-1]["response"] if "stream" in fields else json_of(response)
    refused = await caller.get(f"{PATH}/{body['id']}?stream=true")
    assert refused.status == 400
    assert json_of(refused)["error"]["param"] == "stream"
    await caller.close()


@pytest.mark.parametrize("said", ["-1", "one", "9" * 40, ""])
async def test_a_number_to_start_after_is_a_number(caller: Caller, backend: Gated, said: str) -> None:
    backend.gate.set()
    events = await events_of(await caller.post(PATH, asked(background=True, stream=True)))
    refused = await caller.get(f"{PATH}/{events[0]['response']['id']}?stream=true&starting_after={said}")
    assert refused.status == 400
    assert json_of(refused)["error"]["param"] == "starting_after"


async def test_a_cancelled_response_stops_at_once_and_stays_as_far_as_it_came(caller: Caller, backend: Gated) -> None:
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    unique = (await following.until("response.created"))["response"]["id"]
    await following.until("response.output_text.delta")
    await backend.reached()
    both = await asyncio.gather(*(caller.send("POST", f"{PATH}/{unique}/cancel") for _ in range(2)))
    first, second = map(json_of, both)
    assert backend.closed
    assert first == second == await got(caller, unique)
    assert (first["status"], first["output"][0]["status"], text_in(first)) == ("cancelled", "incomplete", "Hel")
    # No event says so: the stream is over.
    assert await following.rest() == []
    assert json_of(await caller.send("POST", f"{PATH}/{unique}/cancel")) == first


async def test_a_response_is_cancelled_before_its_turn(caller: Caller, backend: Gated) -> None:
    for _ in range(AT_ONCE):
        await queued(caller)
    await backend.reached(AT_ONCE)
    unique = await queued(caller)
    cancelled = json_of(await caller.send("POST", f"{PATH}/{unique}/cancel"))
    assert (cancelled["status"], cancelled["output"]) == ("cancelled", [])
    backend.gate.set()
    assert json_of(await caller.send("POST", f"{PATH}/{unique}/cancel")) == cancelled
    assert len(backend.asked) == AT_ONCE


async def test_a_response_that_is_over_is_not_cancelled_any_more(caller: Caller, backend: Gated) -> None:
    backend.gate.set()
    unique = await queued(caller)
    over = await ended(caller, unique)
    assert json_of(await caller.send("POST", f"{PATH}/{unique}/cancel")) == over


async def test_a_response_that_is_deleted_stops_and_leaves_nothing(caller: Caller, backend: Gated) -> None:
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    unique = (await following.until("response.created"))["response"]["id"]
    await backend.reached()
    assert (await caller.send("DELETE", f"{PATH}/{unique}")).status == 200
    assert backend.closed
    assert "completed" not in steps(await following.rest())
    assert (await caller.get(f"{PATH}/{unique}")).status == 404
    async with caller.database.reading() as connection:
        assert list(await connection.execute_fetchall("SELECT * FROM response_events")) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamError(), "server_error"),
        (RateLimited(), "rate_limit_exceeded"),
        (ValueError("what nobody thought of"), "server_error"),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
async def test_a_response_that_fails_says_why(tmp_path: Path, error: Exception, code: str, begun: bool) -> None:
    backend = Canned(chunks=[[text_chunk("Hel")]], breaks=error) if begun else Canned(error=error)
    caller = Caller(deployment("demo", backend), data=tmp_path)
    events = await events_of(await caller.post(PATH, asked(background=True, stream=True)))
    assert steps(events)[-1] == "failed"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    failed = await got(caller, events[0]["response"]["id"])
    assert failed == events[-1]["response"]
    assert (failed["status"], failed["error"]["code"]) == ("failed", code)
    assert "nobody thought" not in failed["error"]["message"]
    assert text_in(failed) == ("Hel" if begun else "")
    await caller.close()


async def test_nothing_goes_on_from_a_response_that_is_not_over(caller: Caller, backend: Gated) -> None:
    unique = await queued(caller)
    refused = await caller.post(PATH, asked(previous_response_id=unique))
    assert refused.status == 400
    error = json_of(refused)["error"]
    assert (error["code"], error["param"]) == ("previous_response_not_found", "previous_response_id")
    assert "is not over yet" in error["message"]
    backend.gate.set()
    await ended(caller, unique)
    assert (await caller.post(PATH, asked(previous_response_id=unique))).status == 200


async def test_the_next_run_of_the_server_answers_what_the_last_one_did_not(tmp_path: Path, backend: Gated) -> None:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    first = json_of(await caller.post(PATH, asked("One")))
    under_way = [
        await queued(caller, input="Two", previous_response_id=first["id"], instructions="Be brief.")
        for _ in range(AT_ONCE + 1)
    ]
    await backend.reached(AT_ONCE)
    await caller.close()
    assert backend.closed
    again = Canned()
    caller = await restarted(again, tmp_path)
    for unique in under_way:
        over = await ended(caller, unique)
        assert (over["status"], text_in(over), over["instructions"]) == ("completed", "Hello.", "Be brief.")
    assert len(again.asked) == AT_ONCE + 1
    said = msgspec.json.decode(again.asked[-1].fields["messages"])
    assert [message["content"] for message in said] == ["Be brief.", "One", "Hello.", "Two"]
    await caller.close()


async def test_who_read_of_an_answer_that_began_anew_reads_on_with_all_of_the_new_one(
    tmp_path: Path, backend: Gated
) -> None:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    unique = (await following.until("response.created"))["response"]["id"]
    seen = (await following.until("response.output_text.delta"))["sequence_number"]
    await caller.close()
    caller = await restarted(Canned(), tmp_path)
    rest = await events_of(await caller.get(f"{PATH}/{unique}?stream=true&starting_after={seen}"))
    assert steps(rest)[0] == "in_progress"
    assert steps(rest)[-1] == "completed"
    assert [event["sequence_number"] for event in rest] == list(range(seen + 1, seen + 1 + len(rest)))
    from_the_start = await events_of(await caller.get(f"{PATH}/{unique}?stream=true"))
    assert steps(from_the_start[:2]) == ["created", "queued"]
    assert from_the_start[2:] == rest
    await caller.close()


async def test_a_deployment_that_is_gone_by_its_turn_fails_the_response(tmp_path: Path, backend: Gated) -> None:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    whole = await queued(caller)
    streamed = Following(await caller.post(PATH, asked(background=True, stream=True)))
    unique = (await streamed.until("response.created"))["response"]["id"]
    await caller.close()
    caller = await restarted(Canned(), tmp_path, "another")
    failed = await ended(caller, whole)
    assert (failed["status"], failed["error"]) == (
        "failed",
        {"code": "server_error", "message": "Unknown model: demo"},
    )
    events = await events_of(await caller.get(f"{PATH}/{unique}?stream=true&starting_after=1"))
    assert steps(events)[-1] == "failed"
    assert events[-1]["response"] == await got(caller, unique)
    await caller.close()


async def test_a_response_that_always_ends_the_server_is_given_up(tmp_path: Path) -> None:
    backend = Gated()
    caller = Caller(deployment("demo", backend), data=tmp_path)
    unique = await queued(caller)
    for _ in range(MOST_BEGINNINGS):
        await backend.reached()
        await caller.close()
        caller = await restarted(backend, tmp_path)
    failed = await ended(caller, unique)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert len(backend.asked) == MOST_BEGINNINGS
    await caller.close()


async def test_servers_that_share_their_data_leave_each_others_work_alone(tmp_path: Path, backend: Gated) -> None:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    unique = await queued(caller, stream=False)
    await backend.reached()
    idle = Canned()
    other = await restarted(idle, tmp_path)
    assert (await got(other, unique))["status"] == "in_progress"
    assert idle.asked == []
    backend.gate.set()
    await ended(other, unique)
    await other.close()
    await caller.close()


async def test_a_server_that_shares_the_data_can_cancel_what_another_one_runs(tmp_path: Path, backend: Gated) -> None:
    caller = Caller(deployment("demo", backend), data=tmp_path)
    following = Following(await caller.post(PATH, asked(background=True, stream=True)))
    unique = (await following.until("response.created"))["response"]["id"]
    await backend.reached()
    other = await restarted(Canned(), tmp_path)
    assert json_of(await other.send("POST", f"{PATH}/{unique}/cancel"))["status"] == "cancelled"
    backend.gate.set()
    assert "completed" not in steps(await following.rest())
    assert (await got(caller, unique))["status"] == "cancelled"
    assert backend.closed
    await other.close()
    await caller.close()
