"""What a store of responses promises. Any other store has to pass this, too."""

import asyncio

import pytest

from tests.store.kept import event, items, queued, response
from zaffre.core.responses import KeptEvent, ResponseStore


async def test_what_was_added_is_found_as_it_was(store: ResponseStore) -> None:
    added = response(previous="resp_0", background=True, streamed=True, begun=2, body=b'{"a":"\xc3\xa4"}')
    await store.add(added)
    assert await store.get("resp_1") == added
    assert await store.get("resp_2") is None


async def test_a_response_advances_with_the_events_that_say_so(store: ResponseStore) -> None:
    await store.add(queued(), [event(0), event(1)])
    moved = queued(status="in_progress", begun=1, body=b'{"status":"in_progress"}')
    assert await store.advance(moved, [event(2), event(3)])
    assert await store.get("resp_1") == moved
    assert await store.events("resp_1", -1) == [event(0), event(1), event(2), event(3)]
    assert await store.events("resp_1", 2) == [event(3)]
    assert await store.last_number("resp_1") == 3


async def test_nothing_is_kept_of_a_response_that_is_over_or_gone(store: ResponseStore) -> None:
    await store.add(queued(status="cancelled"), [event(0)])
    assert not await store.advance(queued(status="completed"), [event(1)])
    assert not await store.advance(queued("resp_2", status="completed"), [event(0)])
    assert (await store.get("resp_1")) == queued(status="cancelled")
    assert await store.events("resp_1", -1) == [event(0)]
    assert await store.last_number("resp_2") == -1


async def test_what_begins_anew_forgets_what_was_said_of_it(store: ResponseStore) -> None:
    await store.add(queued(status="in_progress"), [event(number) for number in range(6)])
    assert await store.advance(queued(status="in_progress", begun=1), [event(6)], anew_from=2)
    assert await store.events("resp_1", -1) == [event(0), event(1), event(6)]


async def test_a_write_happens_as_a_whole_or_not_at_all(store: ResponseStore) -> None:
    await store.add(queued(), [event(0)])
    twice = [event(1), event(0)]
    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.advance(queued(status="in_progress"), twice)
    assert await store.get("resp_1") == queued()
    assert await store.events("resp_1", -1) == [event(0)]


async def test_items_lead_to_the_responses_that_have_them_the_latest_first(store: ResponseStore) -> None:
    await store.add(response("resp_1", created=1, input=items("msg_1"), output=items("msg_2")))
    await store.add(response("resp_2", created=2, input=items("msg_1", "msg_2", "msg_3"), output=items("msg_4")))
    assert [holder.id for holder in await store.holders("msg_2")] == ["resp_2", "resp_1"]
    await store.delete("resp_2")
    assert [holder.id for holder in await store.holders("msg_2")] == ["resp_1"]
    assert await store.holders("msg_3") == []


async def test_items_that_come_later_are_found_too(store: ResponseStore) -> None:
    await store.add(queued(input=items("msg_1")))
    await store.advance(queued(status="completed", input=items("msg_1"), output=items("msg_2")))
    assert [holder.id for holder in await store.holders("msg_2")] == ["resp_1"]


async def test_a_deleted_response_leaves_nothing(store: ResponseStore) -> None:
    await store.add(queued(), [event(0)])
    assert await store.delete("resp_1")
    assert not await store.delete("resp_1")
    assert await store.get("resp_1") is None
    assert await store.events("resp_1", -1) == []
    assert await store.holders("msg_in") == []


async def test_what_is_old_is_forgotten(store: ResponseStore) -> None:
    await store.add(queued("resp_1", created=99, input=items("msg_1")), [event(0)])
    await store.add(response("resp_2", created=100))
    assert await store.forget_before(100) == 1
    assert await store.get("resp_1") is None
    assert await store.events("resp_1", -1) == []
    assert await store.holders("msg_1") == []
    assert await store.get("resp_2") is not None


async def test_what_a_living_process_runs_is_not_taken_from_it(store: ResponseStore) -> None:
    await store.add(queued())
    assert await store.take_up() == []


async def test_writers_at_the_same_time_wait_for_each_other(store: ResponseStore) -> None:
    await asyncio.gather(*(store.add(response(f"resp_{number}")) for number in range(50)))
    await asyncio.gather(
        *(store.add(queued(f"resp_{number}"), [KeptEvent(0, "t", b"{}")]) for number in range(50, 100)),
        *(store.delete(f"resp_{number}") for number in range(25)),
        store.forget_before(0),
    )
    found = await asyncio.gather(*(store.get(f"resp_{number}") for number in range(100)))
    assert [each is not None for each in found] == [False] * 25 + [True] * 75


async def test_a_caller_who_leaves_does_not_leave_half_a_write(store: ResponseStore) -> None:
    await store.open()
    for turns in range(8):
        # Cancelled at each of its steps, up to its end.
        unique = f"resp_{turns}"
        leaving = asyncio.create_task(store.add(queued(unique), [event(0)]))
        for _ in range(turns):
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        assert (await store.get(unique) is None) == (await store.events(unique, -1) == [])
    await store.add(queued("resp_after"))
    assert await store.get("resp_after") is not None
