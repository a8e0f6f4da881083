"""What an upstream refuses, in each vendor's way of saying it, and what the caller is told."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event
from typing import Any

import pytest

from tests.e2e_upstream.conftest import KEY, UPSTREAM_KEY, Gateway
from tests.e2e_upstream.upstream import PAUSE, Upstream
from tests.e2e_upstream.wire import DONE, begun, chunk, delta, event, head, stream, stream_head, usage, whole, words

WHY = "temperature must be below 2"
COMPLAINT = {"type": "extra_forbidden", "loc": ["body", "top_k"], "msg": "Extra inputs are not permitted", "input": 5}
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])

SAYING_WHY: dict[str, Any] = {
    "OpenAI": {"error": {"message": WHY, "type": "invalid_request_error", "param": "temperature", "code": None}},
    "vLLM": {"error": {"message": WHY, "type": "BadRequestError", "param": None, "code": 400}},
    "vLLM before 0.10": {"object": "error", "message": WHY, "type": "BadRequestError", "param": None, "code": 400},
    "FastAPI": {"detail": WHY},
    "FastAPI with an object": {"detail": {"message": WHY, "code": "bad"}},
    "FastAPI with an error inside": {"detail": {"error": {"message": WHY}}},
    "Mistral": {"object": "error", "message": WHY, "type": "invalid_request_error", "param": None, "code": "3051"},
    "Azure": {"error": {"code": "BadRequest", "message": WHY, "target": None, "details": [], "innererror": {}}},
    "Azure, at the top": {"statusCode": 400, "message": WHY},
    "Ollama": {"error": WHY},
    "Cohere": {"id": "x", "message": WHY},
    "TGI": {"error": WHY, "error_type": "validation"},
    "Gemini": [{"error": {"code": 400, "message": WHY, "status": "INVALID_ARGUMENT"}}],
    "Cloudflare": {"success": False, "errors": [{"code": 5006, "message": WHY}], "result": None},
}


@STREAMED
@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("vendor", SAYING_WHY)
def test_a_refused_request_says_why(
    gateway: Gateway, upstream: Upstream, vendor: str, status: int, streamed: bool
) -> None:
    reply = gateway.chat(upstream.scene(whole(SAYING_WHY[vendor], status)), stream=streamed)
    assert reply.status == status
    assert reply.error["message"] == WHY


COMPLAINING: dict[str, Any] = {
    "FastAPI": {"detail": [COMPLAINT]},
    "Mistral": {"object": "error", "message": {"detail": [COMPLAINT]}, "type": "invalid_request_error"},
    "DeepSeek on Azure": {"error": {"code": "Invalid input", "status": 422, "message": "x", "details": [COMPLAINT]}},
    "Mistral on Azure": {
        "error": {"code": "Invalid input", "message": json.dumps({"detail": [COMPLAINT]}), "status": 422}
    },
}


@pytest.mark.parametrize("vendor", COMPLAINING)
def test_a_list_of_complaints_stays_a_list(gateway: Gateway, upstream: Upstream, vendor: str) -> None:
    reply = gateway.chat(upstream.scene(whole(COMPLAINING[vendor], 422)))
    assert reply.status == 422
    assert reply.json["detail"] == [COMPLAINT]
    assert reply.error["details"][0]["target"] == "body.top_k"
    assert "{" not in reply.error["message"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>nginx</html>", b"\xff\xfe", b"null", b"[]", b"[" * 100_000, b'{"error":{}}']
)
def test_a_refusal_in_no_known_form_says_that_it_is_one(gateway: Gateway, upstream: Upstream, body: bytes) -> None:
    reply = gateway.chat(upstream.scene(whole(body, 400)))
    assert reply.status == 400
    assert reply.error["message"] == "The model's server refused the request."


def too_long(message: str = "too long", status: int = 400, **beside: Any) -> bytes:
    return whole({"error": {"message": message, **beside}}, status)


OVERFLOWS = {
    "OpenAI": too_long(code="context_length_exceeded", param="messages"),
    "vLLM": too_long("This model's maximum context length is 4 tokens. However, you requested 9", code=400),
    "vLLM since 0.17": too_long("You passed 9 input tokens. However, the model's context length is only 4 tokens"),
    "vLLM's engine": too_long("The decoder prompt (length 5) is longer than the maximum model length of 4."),
    "SGLang": whole({"message": "The input (9 tokens) is longer than the model's context length (4 tokens)."}, 400),
    "llama.cpp": too_long(code=400, type="exceed_context_size_error", n_ctx=4),
    "Ollama": whole({"error": "the input length exceeds the context length"}, 400),
    "LM Studio": whole({"error": "However, the model is loaded with context length of only 4 tokens"}, 400),
    "TGI": whole({"error": "`inputs` tokens + `max_new_tokens` must be <= 4. Given: 5"}, 422),
    "Mistral": whole({"message": "Prompt contains 9 tokens, too large for model with 4 maximum context length"}, 400),
    "Azure AI": too_long("Request body too large for m model. Max size: 4 tokens.", 413, code="tokens_limit_reached"),
}


@STREAMED
@pytest.mark.parametrize("vendor", OVERFLOWS)
def test_a_request_beyond_the_context_is_always_told_so(
    gateway: Gateway, upstream: Upstream, vendor: str, streamed: bool
) -> None:
    reply = gateway.chat(upstream.scene(OVERFLOWS[vendor]), stream=streamed)
    assert (reply.status, reply.error["code"]) == (400, "context_length_exceeded")


def test_a_filtered_prompt_is_told_so_with_what_was_found(gateway: Gateway, upstream: Upstream) -> None:
    found = {"hate": {"filtered": True, "severity": "high"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    said = {"error": {"message": "filtered", "code": "content_filter", "status": 400, "innererror": inner}}
    error = gateway.chat(upstream.scene(whole(said, 400))).error
    assert (error["code"], error["param"]) == ("content_filter", "prompt")
    assert error["innererror"] == inner


LATER = timedelta(seconds=90)
WAITS = {
    "": {"1"},
    "retry-after: 7": {"7"},
    "retry-after: 0": {"1"},
    "retry-after: 0.2": {"1"},
    "retry-after: 2.5": {"3"},
    "retry-after: 99999999999": {"1"},
    "retry-after: 999999999": {"86400"},
    "retry-after: -5": {"1"},
    "retry-after: soon": {"1"},
    "retry-after: Fri, 99 Foo 2026 00:00:00 GMT": {"1"},
    "retry-after: Mon, 01 Jan 0001 00:00:00 GMT": {"1"},
    "retry-after: NaN": {"1"},
    "retry-after-ms: 2500": {"3"},
    "retry-after-ms: 2500\r\nretry-after: 9": {"3"},
    "retry-after-ms: x\r\nretry-after: 9": {"9"},
    "date": {"88", "89", "90"},
}


@pytest.mark.parametrize(("status", "shown"), [(429, 429), (503, 503), (529, 503)])
@pytest.mark.parametrize("wait", WAITS)
def test_a_busy_upstream_says_when_to_come_back(
    gateway: Gateway, upstream: Upstream, status: int, shown: int, wait: str
) -> None:
    later = format_datetime(datetime.now(UTC) + LATER, usegmt=True)
    line = f"retry-after: {later}" if wait == "date" else wait
    answer = whole({"error": {"message": "slow down, org-secret"}}, status)
    if line:
        answer = answer.replace(b"\r\n", b"\r\n%b\r\n" % line.encode(), 1)
    reply = gateway.chat(upstream.scene(answer))
    assert reply.status == shown
    assert reply.error
    assert reply.headers["retry-after"] in WAITS[wait]
    assert b"org-secret" not in reply.body


@STREAMED
@pytest.mark.parametrize("status", [401, 402, 403, 404, 405])
def test_a_refusal_of_the_gateway_is_its_own_fault_and_one_line_in_the_log(
    gateway: Gateway, upstream: Upstream, status: int, streamed: bool
) -> None:
    before = len(gateway.log)
    said = {"error": {"message": f"Incorrect API key provided: {UPSTREAM_KEY}", "code": "invalid_api_key"}}
    reply = gateway.chat(upstream.scene(whole(said, status, retry_after="3")), stream=streamed)
    assert reply.status == 502
    assert reply.error["code"] == "upstream_misconfigured"
    assert b"Incorrect" not in reply.body
    (line,) = gateway.log[before:].splitlines()
    assert "ERROR" in line
    assert "connection vllm" in line
    assert str(status) in line
    assert "mistral-large-latest" in line
    assert UPSTREAM_KEY not in line


@STREAMED
@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (500, 502),
        (501, 502),
        (502, 502),
        (505, 502),
        (599, 502),
        (504, 504),
        (408, 504),
        (409, 502),
        (418, 502),
        (304, 502),
    ],
)
def test_a_failing_upstreams_words_stay_inside(
    gateway: Gateway, upstream: Upstream, status: int, shown: int, streamed: bool
) -> None:
    said = {"error": {"message": f"Traceback: /srv/llm.py, key {UPSTREAM_KEY}", "code": "context_length_exceeded"}}
    answer = head(304) if status == 304 else whole(said, status, retry_after="3")
    reply = gateway.chat(upstream.scene(answer), stream=streamed)
    assert reply.status == shown
    assert reply.error
    assert b"Traceback" not in reply.body
    assert b"srv" not in reply.body


SECRETS = [
    UPSTREAM_KEY,
    f"Bearer {UPSTREAM_KEY}",
    UPSTREAM_KEY.replace("-", "\\u002d"),
    "".join(f"\\u{ord(letter):04x}" for letter in UPSTREAM_KEY),
]


@pytest.mark.parametrize("status", [400, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("form", SECRETS, ids=["as it is", "as a header", "with an escape", "all escapes"])
@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"message":"you sent KEY","code":"KEY","param":"KEY"}}',
        '{"detail":[{"loc":["body","KEY"],"msg":"KEY","input":{"KEY":"KEY"},"type":"KEY"}]}',
        '{"error":{"code":"content_filter","innererror":{"content_filter_result":{"KEY":{"KEY":1}}}}}',
    ],
)
def test_a_key_that_the_upstream_repeats_reaches_nobody(
    gateway: Gateway, upstream: Upstream, status: int, form: str, body: str
) -> None:
    reply = gateway.chat(upstream.scene(whole(body.replace("KEY", form).encode(), status)))
    assert reply.error
    shown = f"{reply.json} {reply.headers}"
    assert UPSTREAM_KEY not in shown
    assert KEY not in shown


def failing(error: Any, **choice: Any) -> dict[str, Any]:
    return {"error": error, "choices": [{"index": 0, "delta": {"content": ""}, **choice}]}


IN_STREAMS: dict[str, tuple[Any, int]] = {
    "OpenAI": ({"error": {"message": "busy", "type": "server_error", "code": None}}, 502),
    "a status as code": ({"error": {"message": "busy", "code": 429}}, 429),
    "a status as text": ({"error": {"message": "busy", "code": "503"}}, 503),
    "a code": ({"error": {"message": "busy", "code": "rate_limit_exceeded"}}, 429),
    "an overflow": ({"error": {"message": "long", "code": "context_length_exceeded"}}, 400),
    "an overflow without a code": ({"error": {"message": "loaded with context length of only 4 tokens"}}, 400),
    "vLLM": ({"object": "error", "message": "no", "type": "BadRequestError", "code": 400}, 400),
    "text": ({"error": "CUDA out of memory"}, 502),
    "OpenRouter": (failing({"code": 502, "message": "gone"}, finish_reason="error"), 502),
    "beside a choice": (failing({"code": 429, "message": "busy"}), 429),
    "beside words": (failing({"code": 429, "message": "busy"}, delta={"content": "x"}), 429),
    "DeepSeek": ({"choices": [{"index": 0, "delta": {}, "finish_reason": "insufficient_system_resource"}]}, 503),
}


@pytest.mark.parametrize("said", IN_STREAMS)
def test_an_error_before_the_first_word_is_a_status(gateway: Gateway, upstream: Upstream, said: str) -> None:
    error, status = IN_STREAMS[said]
    for first in (b": ping\n\n", delta(role="assistant", content=""), usage(), *words("word")):
        scene = upstream.scene(stream(first, error, DONE))
        assert gateway.chat(scene, stream=True).status == status
    for first in (b": ping\n\n", delta(role="assistant", content=""), usage()):
        goes_on = stream(error, DONE).removeprefix(stream_head())
        reply = gateway.chat(upstream.scene(begun(first), PAUSE, goes_on), stream=True)
        assert reply.status == status
        assert reply.error
        assert b"CUDA" not in reply.body


@pytest.mark.parametrize("said", IN_STREAMS)
def test_an_error_after_it_is_a_broken_stream(gateway: Gateway, upstream: Upstream, said: str) -> None:
    error, _ = IN_STREAMS[said]
    read = Event()
    scene = upstream.scene(begun(*words("one")), read, chunk(event(error)) + chunk(DONE) + chunk(b""))
    call = gateway.open(scene)
    seen = call.read_until(b"one")
    read.set()
    seen += call.read_all()
    assert b"error" not in seen
    assert b"[DONE]" not in seen
    assert b'"finish_reason":"' not in seen
    assert not seen.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("said", [{"error": {"message": "m", "code": 429}}, {"error": {"message": "m", "code": "503"}}])
def test_an_error_in_a_good_answer_is_an_error(gateway: Gateway, upstream: Upstream, said: Any) -> None:
    reply = gateway.chat(upstream.scene(whole(said)))
    assert str(reply.status) == str(said["error"]["code"])
    assert reply.error
    assert gateway.chat(upstream.scene(whole(said)), stream=True).status == reply.status
