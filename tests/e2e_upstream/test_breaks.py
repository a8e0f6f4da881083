"""Upstreams that hang, break off, cannot be reached, and what the caller sees then: a status, or a broken body."""

from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest

from tests.e2e_upstream.conftest import Gateway
from tests.e2e_upstream.upstream import CLOSE, HANG, RESET, Upstream
from tests.e2e_upstream.wire import DONE, begun, chunk, completion, event, finish, head, stream, usage, whole, words

STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
ONE, TWO = words("one", " two")
JSON = {"content_type": "application/json"}
ENDLESS = head(content_type="text/event-stream")
"""A stream that only the end of the connection ends."""

BREAKS: dict[str, Sequence[Any]] = {
    "closed": [begun(ONE, TWO), CLOSE],
    "reset": [begun(ONE, TWO), RESET],
    "closed inside an event": [begun(ONE, TWO) + chunk(event(TWO)[:30]), CLOSE],
    "closed inside a chunk": [begun(ONE, TWO) + b"ff\r\ndata: ", CLOSE],
    "ended without a last word": [stream(ONE, TWO)],
    "ended inside an event": [stream(ONE, TWO, event(TWO)[:30])],
    "closed where closing is the end": [ENDLESS + event(ONE) + event(TWO), CLOSE],
    "a length too short": [
        head(content_type="text/event-stream", content_length=str(len(event(ONE) + event(TWO))))
        + event(ONE) + event(TWO) + event(finish()) + DONE
    ],
    "garbage for an event": [begun(ONE, TWO, b"data: {]\n\n", finish(), DONE)],
    "garbage for a chunk": [begun(ONE, TWO) + b"xyz\r\n", HANG],
    "a finish of one of two choices": [
        begun(ONE, {"choices": [{"index": 1, "delta": {"content": "x"}}]}, TWO, finish()), CLOSE
    ],
    "an endless event": [begun(ONE, TWO, b"data: " + b"x" * 17 * 2**20), HANG],
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_stream_that_breaks_off_is_never_a_clean_end(gateway: Gateway, upstream: Upstream, name: str) -> None:
    call = gateway.open(upstream.scene(*BREAKS[name]))
    seen = call.read_all()
    if b" 502 " in seen[:20]:
        return  # it broke before anything had been said
    assert seen.startswith(b"HTTP/1.1 200 ")
    assert not seen.endswith(b"0\r\n\r\n")
    assert b"[DONE]" not in seen
    assert b'"finish_reason":"' not in seen


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["closed", "reset"])
def test_words_that_came_before_a_break_reach_the_caller(gateway: Gateway, upstream: Upstream, end: object) -> None:
    read = Event()
    call = gateway.open(upstream.scene(begun(ONE), read, end))
    assert b'"content":"one"' in call.read_until(b"one")
    read.set()
    assert b"[DONE]" not in call.read_all()


@pytest.mark.parametrize(
    "steps",
    [
        [stream()],
        [stream(DONE)],
        [stream(b": nothing\n\n")],
        [stream(usage())],
        [stream({"choices": []}, {})],
        [whole(b"", content_type="text/event-stream")],
    ],
    ids=["empty", "only [DONE]", "only a comment", "only usage", "only empty events", "no body"],
)
def test_a_stream_without_an_answer_is_a_bad_gateway(
    gateway: Gateway, upstream: Upstream, steps: Sequence[Any]
) -> None:
    reply = gateway.chat(upstream.scene(*steps), stream=True)
    assert reply.status == 502
    assert reply.error["code"] == "upstream_error"


@STREAMED
@pytest.mark.parametrize(
    "steps",
    [[CLOSE], [RESET], [b"HTTP/1.1 200 OK\r\ncontent-", CLOSE], [head(**JSON, content_length="9") + b"{", RESET]],
    ids=["closed", "reset", "closed in the head", "reset in the body"],
)
def test_a_connection_that_ends_before_the_answer_is_a_bad_gateway(
    gateway: Gateway, upstream: Upstream, steps: Sequence[Any], streamed: bool
) -> None:
    scene = upstream.scene(*steps)
    assert gateway.chat(scene, stream=streamed).error["status"] == 502
    assert len(scene.asked) == 1, "what an upstream has taken is not sent again: it may have been carried out"


@STREAMED
def test_an_upstream_that_does_not_answer_in_time_is_a_timeout(
    gateway: Gateway, upstream: Upstream, streamed: bool
) -> None:
    scene = upstream.scene(HANG)
    reply = gateway.chat(scene, "hasty", stream=streamed)
    assert (reply.status, reply.error["code"]) == (504, "Timeout")
    assert scene.gone.wait(5)
    assert "connection hasty" in gateway.log


def test_an_upstream_that_stops_before_its_first_word_is_a_timeout(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(begun(b": working on it\n\n"), HANG)
    assert gateway.chat(scene, "hasty", stream=True).error["status"] == 504
    assert scene.gone.wait(5)


def test_an_upstream_that_stops_inside_a_whole_answer_is_a_timeout(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(whole(completion({"content": "x"}))[:-9], HANG)
    assert gateway.chat(scene, "hasty").error["status"] == 504
    assert scene.gone.wait(5)


def test_a_stream_that_stops_in_the_middle_is_broken(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(begun(ONE), HANG)
    seen = gateway.open(scene, "hasty").read_all()
    assert seen.startswith(b"HTTP/1.1 200 ")
    assert b"[DONE]" not in seen
    assert not seen.endswith(b"0\r\n\r\n")
    assert scene.gone.wait(5)


@STREAMED
@pytest.mark.parametrize("deployment", ["absent", "nameless", "tls"])
def test_an_upstream_that_cannot_be_reached_is_a_bad_gateway(
    gateway: Gateway, upstream: Upstream, deployment: str, streamed: bool
) -> None:
    before = len(gateway.log)
    reply = gateway.chat(upstream.scene(), deployment, stream=streamed)
    assert (reply.status, reply.error["code"]) == (502, "upstream_error")
    (line,) = gateway.log[before:].splitlines()
    assert f"connection {deployment}: " in line
