"""Text completions and embeddings from upstreams that write them in their own way."""

import json
import struct
from base64 import b64decode, b64encode
from typing import Any

import pytest

from tests.e2e_upstream.conftest import MODEL, Gateway
from tests.e2e_upstream.upstream import CLOSE, Scene, Upstream
from tests.e2e_upstream.wire import DONE, USAGE, begun, byte_by_byte, event, stream, usage, whole

TEXT = {"choices": [{"text": "Grüße", "index": 0, "finish_reason": "stop"}], "usage": USAGE}


def text(said: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"text": said, "index": 0, "finish_reason": finish, "logprobs": None}]}


PARTS = [text("Grü"), text("ße"), text("", "stop"), usage(), DONE]


def completed(gateway: Gateway, scene: Scene, **fields: Any) -> Any:
    body = {"model": "Mistral-large", "prompt": scene.word, **fields}
    return gateway.caller.post("/models/completions", body)


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        TEXT | {"object": "text_completion", "x_vendor": 1},
        TEXT | {"choices": [{"text": "Grüße", "finish_reason": "eos"}]},
        TEXT | {"choices": [{"text": "Grüße", "index": 0, "finish_reason": ""}]},
    ],
)
def test_a_text_is_the_same_however_the_upstream_writes_it(gateway: Gateway, upstream: Upstream, body: Any) -> None:
    answer = completed(gateway, upstream.scene(whole(body))).json
    assert answer["choices"] == [{"index": 0, "text": "Grüße", "finish_reason": "stop", "logprobs": None}]
    assert (answer["object"], answer["model"], answer["usage"]) == ("text_completion", MODEL, USAGE)


STREAMS = {
    "as published": [stream(*PARTS)],
    "byte by byte": list(byte_by_byte(*PARTS)),
    "comments, names and carriage returns": [
        stream(b": ping\r\n\r\nevent: x\r\n", *(event(p).replace(b"\n", b"\r\n") for p in PARTS[:-1]), DONE)
    ],
    "no [DONE]": [stream(*PARTS[:-1])],
    "empty finish reasons": [stream(text("Grü", ""), text("ße", ""), text("", "stop"), usage(), DONE)],
    "not a stream": [whole(TEXT)],
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_streamed_text_is_clean_however_the_upstream_writes_it(
    gateway: Gateway, upstream: Upstream, name: str
) -> None:
    reply = completed(gateway, upstream.scene(*STREAMS[name]), stream=True)
    assert (reply.status, reply.whole) == (200, True)
    *lines, done, end, rest = reply.body.decode().split("\n")
    assert (done, end, rest) == ("data: [DONE]", "", "")
    events = [json.loads(line.removeprefix("data: ")) for line in lines[::2]]
    choices = [event["choices"][0] for event in events]
    assert "".join(choice["text"] for choice in choices) == "Grüße"
    assert [choice["finish_reason"] for choice in choices] == [*[None] * (len(choices) - 1), "stop"]
    assert events[-1]["usage"] == USAGE


def test_a_streamed_text_that_breaks_off_is_never_a_clean_end(gateway: Gateway, upstream: Upstream) -> None:
    reply = completed(gateway, upstream.scene(begun(*PARTS[:2]), CLOSE), stream=True)
    assert not reply.whole
    assert b"[DONE]" not in reply.body


FLOATS = [0.5, -0.25]
PACKED = b64encode(struct.pack("<2f", *FLOATS)).decode()


def embedded(gateway: Gateway, scene: Scene, **fields: Any) -> Any:
    return gateway.caller.post("/models/embeddings", {"model": "embedder", "input": [scene.word], **fields})


@pytest.mark.parametrize("written", [FLOATS, PACKED])
@pytest.mark.parametrize("asked", ["float", "base64"])
def test_vectors_come_as_they_were_asked_for_whatever_the_upstream_wrote(
    gateway: Gateway, upstream: Upstream, written: Any, asked: str
) -> None:
    scene = upstream.scene(whole({"data": [{"embedding": written, "index": 0}], "usage": {"prompt_tokens": 2}}))
    answer = embedded(gateway, scene, encoding_format=asked).json
    (found,) = answer["data"]
    vector = found["embedding"]
    assert (list(struct.unpack("<2f", b64decode(vector))) if asked == "base64" else vector) == FLOATS
    assert answer["usage"] == {"prompt_tokens": 2, "completion_tokens": 0, "total_tokens": 2}


def test_vectors_keep_every_digit(gateway: Gateway, upstream: Upstream) -> None:
    data = b'[{"object":"embedding","index":0,"embedding":[0.10000000149011612, -1e-07,2.50]}]'
    reply = embedded(gateway, upstream.scene(whole(b'{"data": %b,"usage":{"total_tokens":2}}' % data)))
    assert b'"data":' + data in reply.body


@pytest.mark.parametrize("usage", [{"prompt_tokens": None}, {"prompt_tokens": 2.0, "completion_tokens": None}, [], "x"])
def test_vectors_come_whatever_the_upstream_says_of_its_usage(gateway: Gateway, upstream: Upstream, usage: Any) -> None:
    answer = embedded(gateway, upstream.scene(whole({"data": [{"embedding": FLOATS}], "usage": usage}))).json
    assert answer["data"] == [{"index": 0, "object": "embedding", "embedding": FLOATS}]
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] > 0


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": None}, {"data": [{}]}, [], "x", {"embeddings": [[1]]}])
def test_no_vectors_are_a_bad_gateway(gateway: Gateway, upstream: Upstream, body: Any) -> None:
    assert embedded(gateway, upstream.scene(whole(body))).error["status"] == 502


def test_embedding_errors_are_errors_too(gateway: Gateway, upstream: Upstream) -> None:
    said = {"error": {"message": "This model's maximum context length is 8192 tokens"}}
    assert embedded(gateway, upstream.scene(whole(said, 400))).error["code"] == "context_length_exceeded"
    assert embedded(gateway, upstream.scene(whole({"error": "x"}, 429))).error["status"] == 429
