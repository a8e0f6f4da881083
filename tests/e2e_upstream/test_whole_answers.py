"""What an upstream answers in one piece, however it writes it, and what the caller gets."""

import gzip
import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.e2e_upstream.conftest import MODEL, Gateway
from tests.e2e_upstream.upstream import CLOSE, Upstream
from tests.e2e_upstream.wire import DONE, USAGE, chunk, completion, finish, head, stream, stream_head, whole, words

HI = completion({"content": "Grüße 😀!"})
PLAIN = whole(HI)
BODY = PLAIN.partition(b"\r\n\r\n")[2]
JSON = {"content_type": "application/json"}


def choice(**fields: Any) -> bytes:
    """The answer, with such fields in its choice."""
    said = completion({"content": "Grüße 😀!"})
    said["choices"][0] |= fields
    return whole(said)


def message(**said: Any) -> bytes:
    return whole(completion({"content": "Grüße 😀!", **said}))


def beside(**fields: Any) -> bytes:
    return whole(HI | fields)


GOOD: dict[str, Sequence[Any]] = {
    "as published": [PLAIN],
    "every byte a packet": [PLAIN[n : n + 1] for n in range(len(PLAIN))],
    "chunked": [head(**JSON, transfer_encoding="chunked") + chunk(BODY[:20]) + chunk(BODY[20:]) + chunk(b"")],
    "chunked, with trailers": [head(**JSON, transfer_encoding="chunked") + chunk(BODY) + b"0\r\nx-checksum: 1\r\n\r\n"],
    "until the connection ends": [head(**JSON) + BODY, CLOSE],
    "in HTTP/1.0": [head(**JSON).replace(b"HTTP/1.1", b"HTTP/1.0") + BODY, CLOSE],
    "with an early hint": [b"HTTP/1.1 103 Early Hints\r\n\r\n" + PLAIN],
    "status 201": [PLAIN.replace(b" 200 ", b" 201 ")],
    "another content type": [PLAIN.replace(b"application/json", b"text/plain")],
    "blank lines around it": [whole(b"\n\n" + BODY + b"\n")],
    "vendors' own fields": [beside(x_groq={"id": "1"}, service_tier="default", provider="x", citations=["https://a"])],
    "an error that is null": [beside(error=None)],
    "floats for counts": [beside(usage={name: float(count) for name, count in USAGE.items()})],
    "no role": [choice(message={"content": "Grüße 😀!"})],
    "no index": [whole({"choices": [{"message": {"content": "Grüße 😀!"}}], "usage": USAGE})],
    "content in parts": [message(content=[{"type": "text", "text": "Grüße "}, {"type": "text", "text": "😀!"}])],
    "no calls, as a list": [message(tool_calls=[])],
    "a call without a name": [message(tool_calls=[{"id": "", "type": "function", "function": {"name": ""}}])],
    "no calls, as null": [message(tool_calls=None, function_call=None, refusal=None, audio=None, reasoning=None)],
    "annotations": [message(annotations=[{"type": "url_citation"}])],
    "finish_reason empty": [choice(finish_reason="")],
    "finish_reason null": [choice(finish_reason=None)],
    "finish_reason eos": [choice(finish_reason="eos")],
    "finish_reason unknown": [choice(finish_reason="because")],
    "a reason to stop": [choice(stop_reason=107, matched_stop=2)],
}


@pytest.mark.parametrize("name", GOOD)
def test_an_answer_is_the_same_however_the_upstream_writes_it(gateway: Gateway, upstream: Upstream, name: str) -> None:
    reply = gateway.chat(upstream.scene(*GOOD[name]))
    assert (reply.status, reply.whole, reply.headers["content-type"]) == (200, True, "application/json"), reply.body
    answer = reply.json
    assert list(answer) == ["id", "object", "created", "model", "choices", "usage"]
    assert re.fullmatch("[0-9a-f]{32}", answer["id"])
    assert (answer["object"], answer["model"], answer["usage"]) == ("chat.completion", MODEL, USAGE)
    assert isinstance(answer["created"], int)
    said = {"role": "assistant", "content": "Grüße 😀!", "tool_calls": None}
    assert answer["choices"] == [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": said}]


CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}


@pytest.mark.parametrize(
    ("calls", "arguments"),
    [
        ([CALL], ['{"a": 1}']),
        ([CALL, CALL | {"id": "c2"}], ['{"a": 1}'] * 2),
        ([CALL | {"index": 3, "type": None}], ['{"a": 1}']),
        ([CALL | {"function": {"name": "f", "arguments": {"a": 1}}}], ['{"a":1}']),
        ([CALL | {"function": {"name": "f", "arguments": ""}}], ["{}"]),
        ([CALL | {"function": {"name": "f", "arguments": None}}], ["{}"]),
        ([CALL | {"function": {"name": "f"}}], ["{}"]),
        ([CALL | {"id": None}], ['{"a": 1}']),
        ([CALL | {"id": ""}], ['{"a": 1}']),
    ],
)
@pytest.mark.parametrize("finish_reason", ["tool_calls", "stop", "tool_use", None])
def test_calls_come_with_id_name_and_arguments_as_text(
    gateway: Gateway, upstream: Upstream, calls: Any, arguments: list[str], finish_reason: str | None
) -> None:
    scene = upstream.scene(whole(completion({"content": None, "tool_calls": calls}, finish_reason)))
    (said,) = gateway.chat(scene).json["choices"]
    assert (said["finish_reason"], said["message"]["content"]) == ("tool_calls", "")
    found = said["message"]["tool_calls"]
    assert [call["function"] for call in found] == [{"name": "f", "arguments": a, "call_id": None} for a in arguments]
    assert all(call["id"] and call["type"] == "function" for call in found)
    assert len({call["id"] for call in found}) == len(found)


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_has_one_name(gateway: Gateway, upstream: Upstream, name: str) -> None:
    (said,) = gateway.chat(upstream.scene(message(**{name: "Hm."}))).json["choices"]
    assert said["message"]["reasoning_content"] == "Hm."


def test_a_refusal_reaches_the_caller(gateway: Gateway, upstream: Upstream) -> None:
    (said,) = gateway.chat(upstream.scene(message(content=None, refusal="I cannot."))).json["choices"]
    assert (said["message"]["content"], said["message"]["refusal"]) == (None, "I cannot.")


LOGPROBS = b'{"content":[{"token":"x","logprob":-0.10,"bytes":[120],"top_logprobs":[]}],"refusal":null}'


def test_log_probabilities_keep_every_digit(gateway: Gateway, upstream: Upstream) -> None:
    said = b'{"choices":[{"index":0,"message":{"content":"x"},"logprobs":%b}]}' % LOGPROBS
    assert LOGPROBS in gateway.chat(upstream.scene(whole(said))).body


@pytest.mark.parametrize("said", [{}, {"usage": None}, {"usage": {}}, {"usage": dict.fromkeys(USAGE, 0)}])
def test_usage_that_does_not_come_is_counted(gateway: Gateway, upstream: Upstream, said: Any) -> None:
    answer = {"choices": HI["choices"], **said}
    usage = gateway.chat(upstream.scene(whole(answer))).json["usage"]
    assert usage["prompt_tokens"] > 0
    assert usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


BROKEN: dict[str, Sequence[Any]] = {
    "an event stream": [stream(*words("a"), finish(), DONE)],
    "a page": [whole(b"<html>502 Bad Gateway</html>", content_type="text/html")],
    "nothing": [whole(b"")],
    "no content": [head(204)],
    "half of it": [whole(BODY[:40])],
    "a length too long": [head(**JSON, content_length=str(len(BODY) + 9)) + BODY, CLOSE],
    "a length too short": [head(**JSON, content_length=str(len(BODY) - 9)) + BODY],
    "two lengths": [head(**JSON, content_length="2").replace(b"\r\n\r\n", b"\r\ncontent-length: 3\r\n\r\n") + b"{}"],
    "a length and chunks": [head(**JSON, content_length="2", transfer_encoding="chunked") + b"{}", CLOSE],
    "an end inside a chunk": [stream_head() + b"ff\r\n{", CLOSE],
    "gzip nobody asked for": [whole(gzip.compress(BODY), content_encoding="gzip")],
    "another protocol": [b"SSH-2.0-OpenSSH_9.9\r\n", CLOSE],
    "HTTP/2": [b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", CLOSE],
    "an upgrade": [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"],
    "an endless head": [b"HTTP/1.1 200 OK\r\n" + b"x-y: z\r\n" * 20_000],
    "a list": [whole([HI])],
    "null": [whole(b"null")],
    "no choices": [beside(choices=[])],
    "choices null": [beside(choices=None)],
    "choices of another kind": [beside(choices="x")],
    "deep nesting": [whole(b'{"choices":' + b"[" * 100_000)],
    "a finish_reason that is a failure": [choice(finish_reason="error")],
    "a redirect": [head(302, location="/v2", content_length="0")],
    "a permanent redirect": [head(308, location="https://example.com/", content_length="0")],
}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_a_bad_gateway_and_a_line_in_the_log(
    gateway: Gateway, upstream: Upstream, name: str, streamed: bool
) -> None:
    if streamed and name == "an event stream":
        return
    before = len(gateway.log)
    reply = gateway.chat(upstream.scene(*BROKEN[name]), stream=streamed)
    assert (reply.status, reply.whole) == (502, True), reply.body
    assert reply.error["code"] == "upstream_error"
    assert "connection vllm: " in gateway.log[before:]
