"""Every way to say no, as the caller reads it."""

from typing import Any

import pytest

from tests.api.canned import Caller, Canned, chat, deployment, header_of, json_of
from zaffre.api.router import health
from zaffre.core.errors import (
    ContextOverflow,
    GatewayError,
    Overloaded,
    PromptFiltered,
    RateLimited,
    UpstreamMisconfigured,
    UpstreamRejected,
    UpstreamTimeout,
)
from zaffre.net.http import Request

RESULTS = {"violence": {"filtered": True, "severity": "medium"}}


async def refused(error: GatewayError) -> Any:
    return await Caller(deployment("demo", Canned(error=error))).post("/models/chat/completions", chat())


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (ContextOverflow(), 400, "context_length_exceeded", None),
        (PromptFiltered(RESULTS), 400, "content_filter", None),
        (UpstreamRejected("Too much.", status=413, code="too_much"), 413, "too_much", None),
        (RateLimited(), 429, "too_many_requests", b"1"),
        (RateLimited(retry_after=0), 429, "too_many_requests", b"1"),
        (RateLimited(retry_after=1.2), 429, "too_many_requests", b"2"),
        (GatewayError(), 500, "InternalServerError", None),
        (UpstreamMisconfigured(), 502, "upstream_misconfigured", None),
        (Overloaded(retry_after=7), 503, "ServiceUnavailable", b"7"),
        (UpstreamTimeout(retry_after=7), 504, "Timeout", None),
    ],
)
async def test_a_refusal_says_why_and_only_429_and_503_when_to_come_back(
    error: GatewayError, status: int, code: str, retry_after: bytes | None
) -> None:
    response = await refused(error)
    said = json_of(response)["error"]
    assert (response.status, said["status"], said["code"], said["message"]) == (status, status, code, error.message)
    assert header_of(response, b"x-ms-error-code") == code.encode()
    assert header_of(response, b"retry-after") == retry_after


async def test_a_filtered_prompt_has_the_published_body() -> None:
    message = (
        "The response was filtered due to the prompt triggering Microsoft's content management policy. "
        "Please modify your prompt and retry."
    )
    assert json_of(await refused(PromptFiltered(RESULTS))) == {
        "error": {
            "message": message,
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": RESULTS},
        }
    }


async def test_a_context_overflow_names_the_parameter() -> None:
    assert json_of(await refused(ContextOverflow()))["error"]["target"] == "messages"
    assert json_of(await refused(ContextOverflow(param="prompt")))["error"]["target"] == "prompt"


async def test_a_code_that_no_header_may_have_is_written_without_the_rest() -> None:
    response = await refused(UpstreamRejected(code="zu groß\r\nx: y"))
    assert header_of(response, b"x-ms-error-code") == b"zu grox: y"


@pytest.mark.parametrize(
    ("path", "ready", "status"),
    [("/health/live", False, 200), ("/health/ready", True, 200), ("/health/ready", False, 503)],
)
def test_health_is_told_without_a_key(path: str, ready: bool, status: int) -> None:
    response = health(Request("GET", path, "", {}), ready)
    assert response is not None
    assert response.status == status


@pytest.mark.parametrize("path", ["/", "/health", "/health/", "/health/other", "/models/info"])
def test_health_has_no_other_address(path: str) -> None:
    assert health(Request("GET", path, "", {}), ready=True) is None
