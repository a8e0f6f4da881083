"""What callers are told when an upstream says no."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from zaffre.core.errors import (
    ContextOverflow,
    InvalidParameters,
    Overloaded,
    PromptFiltered,
    RateLimited,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamRejected,
    UpstreamTimeout,
)
from zaffre.providers import PROVIDERS
from zaffre.providers.overflow import OverflowSigns
from zaffre.providers.redaction import Redaction
from zaffre.providers.refusals import refusal

NOW = 1_760_000_000.0


NO_SECRETS = Redaction([])


def refused(status, body=None, headers=None, signs=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal(status, headers or {}, content, signs=signs or OverflowSigns(), redact=NO_SECRETS, now=NOW)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refusal_of_the_request_passes_with_its_status_and_message(status):
    error = refused(status, {"error": {"message": "no such thing", "code": "bad_thing", "param": "thing"}})
    assert type(error) is UpstreamRejected
    assert (error.status, error.message, error.code, error.param) == (status, "no such thing", "bad_thing", "thing")
    assert error.retry_after is None


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "why"}},
        {"message": "why"},
        {"detail": "why"},
        {"error": "why"},
        {"object": "error", "message": "why", "type": "BadRequestError", "code": 400},
    ],
)
def test_the_message_is_found_wherever_vendors_put_it(body):
    assert refused(400, body).message == "why"


@pytest.mark.parametrize("body", [b"<html>proxy says no</html>", b"", b"\xff", b"[" * 5000, b"null", b"[1]"])
def test_a_body_that_is_no_error_object_is_not_passed_on(body):
    error = refused(400, body)
    assert type(error) is UpstreamRejected
    assert error.message == "The model's server refused the request."
    assert error.code == "BadRequest"


def test_a_long_message_is_cut():
    assert len(refused(400, {"message": "x" * 100_000}).message) < 2100


def test_a_code_that_could_not_stand_in_a_header_is_not_kept():
    assert refused(400, {"error": {"message": "m", "code": "a\r\nx: y"}}).code == "BadRequest"


@pytest.mark.parametrize(
    "said",
    [
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "top_k", 0], "msg": "Too much", "input": 5}]},
        {"error": {"message": "top_k.0: Too much", "details": [{"loc": ["body", "top_k", 0], "msg": "x", "input": 5}]}},
    ],
)
def test_a_list_of_complaints_stays_one(said):
    error = refused(422, said)
    assert type(error) is InvalidParameters
    assert [(complaint.loc, complaint.input) for complaint in error.complaints] == [(["body", "top_k", "0"], 5)]
    assert error.message == "top_k.0: Too much"


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize(
    "error",
    [
        {"message": "too long", "code": "context_length_exceeded"},
        {"message": "too long", "code": 400, "type": "exceed_context_size_error"},
        {"message": "This model's maximum context length is 4096 tokens. However, ...", "code": 400},
    ],
)
def test_a_request_beyond_the_context_is_told_so_however_the_vendor_says_it(status, error):
    told = refused(status, {"error": error})
    assert type(told) is ContextOverflow
    assert (told.status, told.code) == (400, "context_length_exceeded")


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("sglang", "The input (9000 tokens) is longer than the model's context length (4096 tokens)."),
        ("xai", "This model's maximum prompt length is 131072 but the request contains 131100 tokens."),
        ("tgi", "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"),
    ],
)
def test_words_stand_for_the_overflow_only_in_the_row_that_names_them(provider, said):
    assert type(refused(400, {"error": said}, signs=PROVIDERS[provider].overflow)) is ContextOverflow
    assert type(refused(400, {"error": said})) is UpstreamRejected


def test_a_filtered_prompt_keeps_what_the_filter_found():
    found = {"hate": {"filtered": True, "severity": "high"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    error = refused(400, {"error": {"message": "filtered", "code": "content_filter", "innererror": inner}})
    assert type(error) is PromptFiltered
    assert error.results == found


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405])
def test_a_refusal_of_the_gateway_is_a_bad_gateway(status):
    error = refused(status, {"error": {"message": "Incorrect API key provided: sk-123", "code": "invalid_api_key"}})
    assert type(error) is UpstreamMisconfigured
    assert error.status == 502
    assert "sk-123" not in error.message


@pytest.mark.parametrize(
    ("status", "kind", "shown"),
    [
        (408, UpstreamTimeout, 504),
        (504, UpstreamTimeout, 504),
        (500, UpstreamError, 502),
        (502, UpstreamError, 502),
        (301, UpstreamError, 502),
        (418, UpstreamError, 502),
        (503, Overloaded, 503),
        (529, Overloaded, 503),
    ],
)
def test_the_status_decides_the_class_and_the_text_stays_inside(status, kind, shown):
    error = refused(status, {"error": {"message": "stack trace: rate limit, context_length_exceeded"}})
    assert type(error) is kind
    assert error.status == shown
    assert "stack trace" not in error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 1),
        ({b"retry-after": b"7"}, 7),
        ({b"retry-after": b"0"}, 0),
        ({b"retry-after": b"0.5"}, 0.5),
        ({b"retry-after": format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True).encode()}, 90),
        ({b"retry-after": format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True).encode()}, 0),
        ({b"retry-after": b"1", b"retry-after-ms": b"1500"}, 1.5),
        ({b"retry-after": b"soon"}, 1),
        ({b"retry-after": b"-3"}, 1),
        ({b"retry-after": b"inf"}, 1),
        ({b"retry-after": b"999999999"}, 86_400),
        ({b"retry-after": b"\xb2"}, 1),
    ],
)
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, Overloaded)])
def test_a_busy_upstream_says_when_to_come_back(headers, seconds, status, kind):
    error = refused(status, {"error": {"message": "quota of org-1 spent"}}, headers)
    assert type(error) is kind
    assert error.retry_after == seconds
    assert "org-1" not in error.message


def test_a_secret_is_taken_out_as_it_is_and_as_json_writes_it():
    redact = Redaction(['a"b/c-secret', "sk-long", "sk-long-er"])
    said = rb'{"a":"a\"b/c-secret","c":"sk-long-er and sk-long"}, a"b/c-secret'
    assert redact(said) == b'{"a":"[redacted]","c":"[redacted] and [redacted]"}, [redacted]'


@pytest.mark.parametrize(
    "said",
    [
        rb'{"error":{"message":"not \u0073k-secret!"}}',
        rb'{"error":{"message":"not sk\u002dsecret!"}}',
        rb'{"error":{"message":"{\"detail\":\"not \\u0073k-secret!\"}"}}',
    ],
)
def test_escapes_hide_no_secret(said):
    error = refusal(400, {}, said, signs=OverflowSigns(), redact=Redaction(["sk-secret"]), now=NOW)
    assert error.message == "not [redacted]!"


def test_what_is_too_short_to_be_a_secret_does_not_spoil_the_text():
    assert Redaction(["", "x", "EU"])(b"extra EU") == b"extra EU"
