"""Callers who leave: the upstream is left at once."""

import pytest

from tests.e2e_upstream.conftest import Gateway
from tests.e2e_upstream.upstream import HANG, PATIENCE, Upstream
from tests.e2e_upstream.wire import begun, delta, head, words

HOW = pytest.mark.parametrize("reset", [False, True], ids=["closing", "resetting"])


@HOW
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_caller_who_leaves_before_the_answer_takes_the_upstream_along(
    gateway: Gateway, upstream: Upstream, reset: bool, stream: bool
) -> None:
    scene = upstream.scene(HANG)
    call = gateway.open(scene, stream=stream)
    assert scene.arrived.wait(PATIENCE)
    call.leave(reset=reset)
    assert scene.gone.wait(PATIENCE)


@HOW
def test_a_caller_who_leaves_inside_a_whole_answer_takes_the_upstream_along(
    gateway: Gateway, upstream: Upstream, reset: bool
) -> None:
    scene = upstream.scene(head(content_length="1000") + b'{"choices":', HANG)
    call = gateway.open(scene, stream=False)
    assert scene.arrived.wait(PATIENCE)
    call.leave(reset=reset)
    assert scene.gone.wait(PATIENCE)


@HOW
@pytest.mark.parametrize(
    "first", [delta(role="assistant", content=""), *words("one"), delta(tool_calls=[{"index": 0, "id": "c"}])]
)
def test_a_caller_who_leaves_inside_a_stream_takes_the_upstream_along(
    gateway: Gateway, upstream: Upstream, reset: bool, first: object
) -> None:
    scene = upstream.scene(begun(first), HANG)
    call = gateway.open(scene)
    if first == words("one")[0]:
        call.read_until(b"one")
    assert scene.arrived.wait(PATIENCE)
    call.leave(reset=reset)
    assert scene.gone.wait(PATIENCE)


def routes(word: str) -> dict[str, tuple[str, dict[str, object]]]:
    """Path and body by name, of everything else that can be left."""
    return {
        "embeddings": ("/models/embeddings", {"model": "embedder", "input": [word]}),
        "openai-embeddings": ("/openai/v1/embeddings", {"model": "embedder", "input": [word]}),
        "response": ("/openai/v1/responses", {"model": "Mistral-large", "input": word}),
        "streamed-response": ("/openai/v1/responses", {"model": "Mistral-large", "input": word, "stream": True}),
        "text": ("/models/completions", {"model": "Mistral-large", "prompt": word}),
        "streamed-text": ("/models/completions", {"model": "Mistral-large", "prompt": word, "stream": True}),
    }


@HOW
@pytest.mark.parametrize("route", list(routes("")))
@pytest.mark.parametrize("answered", [False, True], ids=["before-the-answer", "inside-the-answer"])
def test_a_caller_who_leaves_another_route_takes_the_upstream_along(
    gateway: Gateway, upstream: Upstream, reset: bool, route: str, answered: bool
) -> None:
    streamed = "streamed" in route
    said = begun(*words("one", "two")) if streamed else head(content_length="1000") + b'{"data":'
    scene = upstream.scene(*[said] * answered, HANG)
    path, body = routes(scene.word)[route]
    call = gateway.caller.opened(path, body)
    if streamed and answered and "response" in route:
        call.read_until(b"one")
    assert scene.arrived.wait(PATIENCE)
    assert not scene.gone.is_set()
    call.leave(reset=reset)
    assert scene.gone.wait(PATIENCE)


def test_a_caller_who_leaves_the_queue_leaves_nothing_behind(gateway: Gateway, upstream: Upstream) -> None:
    held = [upstream.scene(HANG) for _ in range(2)]
    calls = [gateway.open(scene, "narrow") for scene in held]
    assert all(scene.arrived.wait(PATIENCE) for scene in held)
    waiting, after = upstream.scene(HANG), upstream.scene(HANG)
    gateway.open(waiting, "narrow").leave(reset=False)
    last = gateway.open(after, "narrow")
    for call in calls:
        call.leave(reset=False)
    assert after.arrived.wait(PATIENCE)
    last.leave(reset=False)
    assert after.gone.wait(PATIENCE)
    assert not waiting.asked or waiting.gone.wait(PATIENCE)
