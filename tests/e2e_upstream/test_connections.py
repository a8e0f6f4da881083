"""Sockets to the upstream: kept, shared, limited, and replaced when they have gone stale."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event

from tests.e2e_upstream.conftest import Gateway
from tests.e2e_upstream.upstream import CLOSE, PATIENCE, Scene, Upstream
from tests.e2e_upstream.wire import DONE, completion, finish, head, stream, usage, whole, words

HI = whole(completion({"content": "Hi"}))
STREAM = stream(*words("Hi"), finish(), usage(), DONE)


def connections(scene: Scene) -> list[int]:
    return [asked.connection for asked in scene.asked]


def test_one_connection_carries_calls_and_streams_one_after_the_other(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scenes(lambda number: [STREAM if number % 2 else HI])
    for number in range(20):
        assert gateway.chat(scene, "kept", stream=number % 2 == 1).status == 200
    assert len(set(connections(scene))) == 1


def test_refusals_keep_the_connection(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(whole({"error": {"message": "no"}}, 400))
    assert [gateway.chat(scene, "kept").status for _ in range(3)] == [400] * 3
    assert len(set(connections(scene))) == 1


def test_an_upstream_that_wants_to_close_gets_a_new_connection_each_time(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(HI.replace(b"\r\n", b"\r\nconnection: close\r\n", 1), CLOSE)
    assert [gateway.chat(scene, "kept").status for _ in range(3)] == [200] * 3
    assert len(set(connections(scene))) == 3


def test_a_kept_connection_that_has_closed_is_replaced(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scenes(lambda number: [HI] if number else [HI, CLOSE])
    assert gateway.chat(scene, "stale").status == 200
    assert scene.gone.wait(PATIENCE)
    assert gateway.chat(scene, "stale").status == 200
    first, fresh = connections(scene)
    assert first != fresh


def test_a_call_that_the_upstream_has_taken_is_not_sent_again(gateway: Gateway, upstream: Upstream) -> None:
    """Nobody knows whether it was carried out, and paid for."""
    scene = upstream.scenes(lambda number: [CLOSE] if number else [HI])
    assert [gateway.chat(scene, "stale").status for _ in range(3)] == [200, 502, 502]
    assert len(scene.asked) == 3
    kept, same, fresh = connections(scene)
    assert kept == same != fresh


def test_a_connection_that_breaks_inside_its_answer_is_not_asked_again(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scenes(lambda number: [head(content_length="9") + b"{", CLOSE] if number else [HI])
    assert [gateway.chat(scene, "stale").status for _ in range(2)] == [200, 502]
    assert len(scene.asked) == 2


def test_a_limit_of_connections_is_kept_and_everybody_gets_a_turn(gateway: Gateway, upstream: Upstream) -> None:
    all_here = Event()
    scene = upstream.scene(all_here, HI)
    with ThreadPoolExecutor(8) as callers:
        replies = [callers.submit(gateway.chat, scene, "narrow") for _ in range(8)]
        assert all(scene.arrivals.acquire(timeout=PATIENCE) for _ in range(2))
        all_here.set()
        assert [reply.result(PATIENCE).status for reply in replies] == [200] * 8
    assert scene.most_at_once == 2


def test_who_finds_the_queue_for_a_connection_full_is_told_to_come_back(gateway: Gateway, upstream: Upstream) -> None:
    free = Event()
    scene = upstream.scene(free, HI)
    with ThreadPoolExecutor(3) as callers:
        first = callers.submit(gateway.chat, scene, "queued")
        assert scene.arrivals.acquire(timeout=PATIENCE)
        others = [callers.submit(gateway.chat, scene, "queued") for _ in range(2)]
        turned_away = wait(others, PATIENCE, FIRST_COMPLETED).done
        free.set()
        assert first.result(PATIENCE).status == 200
        assert sorted(other.result(PATIENCE).status for other in others) == [200, 503]
    assert [(reply.result().status, reply.result().headers["retry-after"]) for reply in turned_away] == [(503, "1")]


def test_two_hundred_callers_wait_for_a_slow_upstream_together(gateway: Gateway, upstream: Upstream) -> None:
    all_here = Event()
    whole_one, streamed_one = upstream.scene(all_here, HI), upstream.scene(all_here, STREAM)
    with ThreadPoolExecutor(200) as callers:
        replies = [callers.submit(gateway.chat, whole_one) for _ in range(100)]
        streams = [callers.submit(gateway.stream, streamed_one) for _ in range(100)]
        assert all(scene.arrivals.acquire(timeout=PATIENCE) for scene in (whole_one, streamed_one) for _ in range(100))
        all_here.set()
        assert {reply.result(PATIENCE).json["choices"][0]["message"]["content"] for reply in replies} == {"Hi"}
        assert {stream.result(PATIENCE).text for stream in streams} == {"Hi"}
    assert whole_one.most_at_once == streamed_one.most_at_once == 100
