"""The OpenAI SDK behind the worst of upstreams."""

from collections.abc import Iterator
from typing import Any

import pytest
from openai import APIError, APIStatusError, OpenAI, RateLimitError, UnprocessableEntityError

from tests.e2e_upstream.conftest import KEY, MODEL, Gateway
from tests.e2e_upstream.test_streams import CALLS, ENDS, FIELDS, FRAMING
from tests.e2e_upstream.upstream import CLOSE, Scene, Upstream
from tests.e2e_upstream.wire import begun, completion, whole, words

TEXTS = {**FRAMING, **FIELDS, **ENDS}


@pytest.fixture
def client(gateway: Gateway) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{gateway.url}/openai/v1", api_key=KEY, max_retries=0) as client:
        yield client


def asked(scene: Scene, **fields: Any) -> Any:
    """A chat that the upstream answers with the scene."""
    return {"model": "Mistral-large", "messages": [{"role": "user", "content": scene.word}], **fields}


def test_every_stream_reads_as_if_the_model_were_azures(client: OpenAI, upstream: Upstream) -> None:
    for name, row in TEXTS.items():
        chunks = list(client.chat.completions.create(**asked(upstream.scene(*row.steps), stream=True)))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == row.text, name
        assert chunks[-1].choices[0].finish_reason == row.finish, name
        assert {(chunk.usage, chunk.model) for chunk in chunks} == {(None, MODEL)}, name


def test_every_tool_call_is_put_together(client: OpenAI, upstream: Upstream) -> None:
    for name, row in CALLS.items():
        with client.chat.completions.stream(**asked(upstream.scene(*row.steps))) as stream:
            calls = stream.until_done().get_final_completion().choices[0].message.tool_calls
        told = [(call.function.name, call.function.arguments) for call in calls or ()]
        assert told == [call[1:] for call in row.calls], name


def test_a_whole_answer_passes_the_strict_validation(gateway: Gateway, upstream: Upstream) -> None:
    strict: Any = {"api_key": KEY, "_strict_response_validation": True}
    with OpenAI(base_url=f"{gateway.url}/openai/v1", **strict) as client:
        answer = client.chat.completions.create(**asked(upstream.scene(whole(completion({"content": "Hi"})))))
    assert answer.choices[0].message.content == "Hi"


def test_a_stream_that_breaks_off_raises_what_happened(client: OpenAI, upstream: Upstream) -> None:
    scene = upstream.scene(begun(*words("one", " two")), CLOSE)
    with pytest.raises(APIError) as broken:
        list(client.chat.completions.create(**asked(scene, stream=True)))
    assert broken.value.code == "upstream_error"


def test_a_422_is_the_upstreams_own(client: OpenAI, upstream: Upstream) -> None:
    scene = upstream.scene(whole({"error": {"message": "why", "code": "some_code", "param": "seed"}}, 422))
    with pytest.raises(UnprocessableEntityError) as refused:
        client.chat.completions.create(**asked(scene))
    assert "why" in refused.value.message


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("status", "shown"), [(400, 400), (401, 502), (404, 502), (429, 429), (500, 502), (503, 503)])
def test_an_error_has_its_status(client: OpenAI, upstream: Upstream, status: int, shown: int, stream: bool) -> None:
    scene = upstream.scene(whole({"error": {"message": "why", "code": "some_code"}}, status))
    with pytest.raises(APIStatusError) as refused:
        client.chat.completions.create(**asked(scene, stream=stream))
    assert refused.value.status_code == shown


def test_a_busy_upstream_is_asked_once_more_when_it_may(gateway: Gateway, upstream: Upstream) -> None:
    busy, free = whole({"error": {"message": "why"}}, 429), whole(completion({"content": "Hi"}))
    scene = upstream.scenes(lambda number: [busy] if number == 0 else [free])
    with OpenAI(base_url=f"{gateway.url}/openai/v1", api_key=KEY, max_retries=2) as client:
        raw = client.chat.completions.with_raw_response.create(**asked(scene))
    assert raw.retries_taken == 1
    assert len(scene.asked) == 2


def test_a_busy_upstream_raises_a_rate_limit_error(client: OpenAI, upstream: Upstream) -> None:
    with pytest.raises(RateLimitError) as refused:
        client.chat.completions.create(**asked(upstream.scene(whole({"error": {"message": "why"}}, 429))))
    assert refused.value.code == "429"
