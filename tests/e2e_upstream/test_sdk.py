"""The published SDK behind the worst of upstreams."""

from collections.abc import Iterator

import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, IncompleteReadError

from tests.e2e_upstream.conftest import KEY, MODEL, Gateway
from tests.e2e_upstream.test_streams import CALLS, ENDS, FIELDS, FRAMING
from tests.e2e_upstream.upstream import CLOSE, Scene, Upstream
from tests.e2e_upstream.wire import USAGE, begun, completion, whole, words


@pytest.fixture
def client(gateway: Gateway) -> Iterator[ChatCompletionsClient]:
    with ChatCompletionsClient(
        f"{gateway.url}/models", AzureKeyCredential(KEY), model="Mistral-large", retry_total=0
    ) as client:
        yield client


def messages(scene: Scene) -> list[dict[str, str]]:
    return [{"role": "user", "content": scene.word}]


TEXTS = {**FRAMING, **FIELDS, **ENDS}


def test_every_stream_reads_as_if_the_model_were_azures(client: ChatCompletionsClient, upstream: Upstream) -> None:
    for name, row in TEXTS.items():
        updates = list(client.complete(messages=messages(upstream.scene(*row.steps)), stream=True))
        assert "".join(update.choices[0].delta.content for update in updates) == row.text, name
        assert updates[-1].choices[0].finish_reason == row.finish, name
        assert updates[-1].usage is not None, name
        assert {update.model for update in updates} == {MODEL}, name


def test_every_tool_call_arrives_in_one_piece(client: ChatCompletionsClient, upstream: Upstream) -> None:
    for name, row in CALLS.items():
        updates = client.complete(messages=messages(upstream.scene(*row.steps)), stream=True)
        calls = [call for update in updates for call in update.choices[0].delta.tool_calls or ()]
        told = [(call.function.name, call.function.arguments) for call in calls]
        assert told == [call[1:] for call in row.calls], name


def test_a_whole_answer_has_its_usage(client: ChatCompletionsClient, upstream: Upstream) -> None:
    answer = client.complete(messages=messages(upstream.scene(whole(completion({"content": "Hi"})))))
    assert answer.choices[0].message.content == "Hi"
    assert answer.usage.as_dict() == USAGE


def test_a_stream_that_breaks_off_raises(client: ChatCompletionsClient, upstream: Upstream) -> None:
    scene = upstream.scene(begun(*words("one", " two")), CLOSE)
    with pytest.raises((IncompleteReadError, HttpResponseError)):
        list(client.complete(messages=messages(scene), stream=True))


@pytest.mark.parametrize(("status", "shown"), [(400, 400), (401, 502), (422, 422), (429, 429), (500, 502)])
def test_an_error_has_its_status_and_message(
    client: ChatCompletionsClient, upstream: Upstream, status: int, shown: int
) -> None:
    scene = upstream.scene(whole({"error": {"message": "why", "code": "some_code"}}, status))
    with pytest.raises(HttpResponseError) as caught:
        client.complete(messages=messages(scene), stream=status == 422)
    assert caught.value.status_code == shown
    assert ("why" in str(caught.value)) == (status == shown != 429)


def test_embeddings_come_in_order(gateway: Gateway, upstream: Upstream) -> None:
    scene = upstream.scene(whole({"data": [{"embedding": [0.5], "index": 0}, {"embedding": [1.5], "index": 1}]}))
    with EmbeddingsClient(f"{gateway.url}/models", AzureKeyCredential(KEY), model="embedder") as client:
        answer = client.embed(input=[scene.word, "b"])
    assert [item.embedding for item in answer.data] == [[0.5], [1.5]]
    assert answer.usage.total_tokens > 0
