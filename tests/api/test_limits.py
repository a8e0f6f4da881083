"""Rate limits through the door: what answers and refusals say of them, and what calls count for."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from tests.api.canned import (
    Caller,
    Canned,
    chat,
    deployment,
    finish_chunk,
    header_of,
    json_of,
    text_answer,
    text_chunk,
    text_of,
)
from tests.limits.clock import Clock
from zaffre.core.chat import Chunk, Usage
from zaffre.core.errors import ContextOverflow, GatewayError, Overloaded, UpstreamError, UpstreamTimeout
from zaffre.core.limits import PerWindow, Provisioned, RateLimit
from zaffre.core.modality import Modality
from zaffre.core.relay import Passage, Relayed
from zaffre.limits.process import InProcess
from zaffre.net.http import Response

INFERENCE = "/models/chat/completions"
CLASSIC = "/openai/deployments/demo/chat/completions?api-version=2024-10-21"
V1 = "/openai/v1/chat/completions"
EVERYWHERE = pytest.mark.parametrize("path", [INFERENCE, CLASSIC, V1])
WHOLE_OR_STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
REQUESTS_AND_TOKENS = PerWindow(3, 10, 1000)
USED = 5
"""Tokens, as the backend reports."""
ASKED = {"max_tokens": 100}
ESTIMATE = 101
"""Tokens: 100 of an answer, and "Hi"."""
OVER = "Your requests to demo in local have exceeded the token rate limit of the deployment."
LATER = "Please retry after 60 seconds."


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(clock: Clock, limit: RateLimit = REQUESTS_AND_TOKENS, backend: Canned | None = None) -> Caller:
    limiter = InProcess("demo", limit, clock)
    return Caller(deployment("demo", backend or Canned(), limiter=limiter, assumed_tokens=16))


def limits_in(response: Response) -> dict[str, int]:
    """What the headers say, by the last words of their names."""
    prefix = b"x-ratelimit-"
    return {
        name.removeprefix(prefix).decode(): int(value) for name, value in response.fields if name.startswith(prefix)
    }


async def left(caller: Caller) -> int:
    """Tokens that are left, as the next call finds them."""
    asked = await caller.post(INFERENCE, chat(max_tokens=0))
    return limits_in(asked)["remaining-tokens"] + 1


@EVERYWHERE
@WHOLE_OR_STREAMED
async def test_every_answer_says_what_the_limit_is_what_is_left_and_when_there_is_more(
    clock: Clock, path: str, stream: bool
) -> None:
    clock.pass_(7.5)
    response = await limited(clock).post(path, chat(stream=stream, **ASKED))
    assert response.status == 200
    assert limits_in(response) == {
        "limit-requests": 3,
        "remaining-requests": 2,
        "reset-requests": 3,
        "limit-tokens": 1000,
        "remaining-tokens": 1000 - ESTIMATE,
        "reset-tokens": 53,
    }


@EVERYWHERE
async def test_without_a_limit_nothing_is_said_of_one(path: str) -> None:
    response = await Caller(deployment("demo", Canned())).post(path, chat())
    assert limits_in(response) == {}


@pytest.mark.parametrize(("limit", "said"), [(PerWindow(requests=3), "requests"), (PerWindow(tokens=1000), "tokens")])
async def test_a_limit_of_one_kind_says_nothing_of_the_other(clock: Clock, limit: PerWindow, said: str) -> None:
    response = await limited(clock, limit).post(INFERENCE, chat())
    assert {name.split("-")[1] for name in limits_in(response)} == {said}


@EVERYWHERE
@WHOLE_OR_STREAMED
async def test_a_spent_limit_of_requests_says_when_to_come_back(clock: Clock, path: str, stream: bool) -> None:
    backend = Canned()
    caller = limited(clock, backend=backend)
    clock.pass_(8.75)
    for _ in range(3):
        assert (await caller.post(path, chat())).status == 200
    response = await caller.post(path, chat(stream=stream))
    assert response.status == 429
    assert json_of(response)["error"]["code"] == "429"
    assert json_of(response)["error"]["message"].endswith("Please retry after 2 seconds.")
    assert header_of(response, b"retry-after") == b"2"
    assert header_of(response, b"retry-after-ms") == b"1250"
    assert header_of(response, b"policy-id") == b"DeploymentRatelimit-Call"
    assert limits_in(response)["remaining-requests"] == 0
    assert limits_in(response)["reset-requests"] == 2
    assert len(backend.asked) == 3
    clock.pass_(1.25)
    assert (await caller.post(path, chat())).status == 200


@EVERYWHERE
async def test_more_tokens_than_are_left_are_refused_and_fewer_are_not(clock: Clock, path: str) -> None:
    caller = limited(clock)
    response = await caller.post(path, chat(max_tokens=1000))
    assert response.status == 429
    assert "token rate limit" in json_of(response)["error"]["message"]
    assert header_of(response, b"retry-after") == b"60"
    assert header_of(response, b"policy-id") == b"DeploymentRatelimit-Token"
    assert limits_in(response)["remaining-tokens"] == 1000
    assert (await caller.post(path, chat(max_tokens=999))).status == 200


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            CLASSIC,
            f"{OVER} This request was for ChatCompletions_Create under Azure OpenAI API version 2024-10-21. {LATER}",
        ),
        (
            V1,
            f"{OVER} This request was for ChatCompletions_Create. {LATER}",
        ),
        (INFERENCE, f"Your requests to demo have exceeded its token rate limit. {LATER}"),
    ],
)
async def test_a_refusal_has_the_body_of_its_surface(clock: Clock, path: str, message: str) -> None:
    body = json_of(await limited(clock).post(path, chat(max_tokens=1000)))
    status = {"status": 429} if path == INFERENCE else {}
    assert body == {"error": {"code": "429", "message": message, **status}}


@EVERYWHERE
@WHOLE_OR_STREAMED
async def test_a_call_counts_what_it_used_once_that_is_known(clock: Clock, path: str, stream: bool) -> None:
    caller = limited(clock)
    response = await caller.post(path, chat(stream=stream, **ASKED))
    if stream:
        await text_of(response)
    assert await left(caller) == 1000 - USED


async def test_more_than_the_estimate_counts_too(clock: Clock) -> None:
    answer = text_answer("Hello.")
    answer.usage = Usage(400, 300, 700)
    caller = limited(clock, backend=Canned(answer))
    await caller.post(INFERENCE, chat(**ASKED))
    assert await left(caller) == 300


async def test_what_a_window_has_left_is_gone_with_it_and_what_was_used_beyond_it_counts_in_the_next(
    clock: Clock,
) -> None:
    long = [[text_chunk("Hello.")], [finish_chunk(usage=Usage(4, 396, 400))]]
    caller = limited(clock, backend=Canned(chunks=long))
    response = await caller.post(INFERENCE, chat(stream=True, **ASKED))
    clock.pass_(60)
    await text_of(response)
    assert await left(caller) == 1000 - (400 - ESTIMATE)


async def test_a_caller_who_leaves_has_used_what_was_written(clock: Clock) -> None:
    backend = Canned(chunks=[[text_chunk("x" * 200)], [text_chunk("x" * 200)], [finish_chunk()]])
    caller = limited(clock, backend=backend)
    response = await caller.post(INFERENCE, chat(stream=True, **ASKED))
    assert not isinstance(response.body, bytes)
    await anext(response.body)
    await response.body.aclose()
    assert backend.closed
    assert await left(caller) == 1000 - 1 - 50


async def test_a_stream_that_breaks_counts_what_was_written(clock: Clock) -> None:
    backend = Canned(chunks=[[text_chunk("x" * 200)]], breaks=UpstreamError())
    caller = limited(clock, backend=backend)
    await text_of(await caller.post(V1, chat(stream=True, **ASKED)))
    assert await left(caller) == 1000 - 1 - 50


@WHOLE_OR_STREAMED
@pytest.mark.parametrize(
    ("error", "tokens"),
    [
        (ContextOverflow(), 0),
        (Overloaded(), 0),
        (UpstreamError(), ESTIMATE),
        (UpstreamTimeout(), ESTIMATE),
    ],
    ids=["too long", "busy", "failed", "timed out"],
)
async def test_a_refusal_of_the_backend_counts_as_a_request_and_for_tokens_where_it_may_have_worked(
    clock: Clock, error: GatewayError, tokens: int, stream: bool
) -> None:
    caller = limited(clock, backend=Canned(error=error))
    response = await caller.post(INFERENCE, chat(stream=stream, **ASKED))
    assert response.status == error.status
    assert limits_in(response)["remaining-requests"] == 2
    assert (await left(caller)) == 1000 - tokens


async def test_what_is_refused_before_it_is_let_in_counts_for_nothing(clock: Clock) -> None:
    caller = limited(clock)
    response = await caller.post(INFERENCE, chat(temperature=9))
    assert response.status == 422
    assert limits_in(response) == {}
    assert limits_in(await caller.post(INFERENCE, chat()))["remaining-requests"] == 2


@pytest.mark.parametrize(
    ("path", "fields", "tokens"),
    [
        (INFERENCE, {}, 17),
        (INFERENCE, {"max_tokens": 100}, 101),
        (V1, {"max_completion_tokens": 100}, 101),
        (V1, {"max_completion_tokens": 100, "max_tokens": 900}, 101),
        (V1, {"max_tokens": 100, "n": 3}, 301),
    ],
)
async def test_the_estimate_is_the_prompt_and_the_most_that_may_be_answered(
    clock: Clock, path: str, fields: dict[str, Any], tokens: int
) -> None:
    response = await limited(clock).post(path, chat(**fields))
    assert limits_in(response)["remaining-tokens"] == 1000 - tokens


async def test_fields_that_pass_through_count_too(clock: Clock) -> None:
    response = await limited(clock).post(
        INFERENCE, chat(n=3, max_completion_tokens=1e2, best_of="2"), extra_parameters="pass-through"
    )
    assert limits_in(response)["remaining-tokens"] == 1000 - 301


@pytest.mark.parametrize(
    ("prompt", "fields", "tokens"),
    [
        ("12345678", {"max_tokens": 10}, 12),
        ("12345678", {"max_tokens": 10, "best_of": 3}, 32),
        ("12345678", {"max_tokens": 10, "best_of": 3, "n": 2}, 32),
        (["1234", "1234"], {"max_tokens": 10}, 22),
        ([1, 2], {"max_tokens": 10}, 12),
        ([[1, 2], [3, 4]], {"max_tokens": 10}, 24),
    ],
)
async def test_a_text_completion_counts_every_text_and_every_try(
    clock: Clock, prompt: Any, fields: dict[str, Any], tokens: int
) -> None:
    response = await limited(clock).post("/v1/completions", {"model": "demo", "prompt": prompt, **fields})
    assert limits_in(response)["remaining-tokens"] == 1000 - tokens


@pytest.mark.parametrize("path", ["/models/embeddings", "/openai/v1/embeddings"])
async def test_embeddings_count_their_input(clock: Clock, path: str) -> None:
    limiter = InProcess("demo", REQUESTS_AND_TOKENS, clock)
    caller = Caller(deployment("demo", Canned(), Modality.TEXT_EMBEDDINGS, limiter=limiter, assumed_tokens=16))
    response = await caller.post(path, {"model": "demo", "input": ["x" * 40, "x" * 40]})
    assert limits_in(response)["remaining-tokens"] == 980


async def test_a_usage_that_nobody_reports_is_settled_by_our_own_count(clock: Clock) -> None:
    caller = limited(clock, backend=Canned(chunks=[[text_chunk("x" * 200)], [Chunk()]]))
    await text_of(await caller.post(INFERENCE, chat(stream=True, **ASKED)))
    assert await left(caller) == 1000 - 1 - 50


@EVERYWHERE
async def test_provisioned_capacity_says_its_utilisation_instead(clock: Clock, path: str) -> None:
    caller = limited(clock, Provisioned(1000))
    response = await caller.post(path, chat(max_tokens=430))
    assert header_of(response, b"azure-openai-deployment-utilization") == b"43.1%"
    assert limits_in(response) == {}


async def test_provisioned_capacity_refuses_above_all_of_it_until_enough_has_drained(clock: Clock) -> None:
    caller = limited(clock, Provisioned(600), Canned(error=UpstreamTimeout()))
    for _ in range(7):
        assert (await caller.post(V1, chat(max_tokens=99))).status == 504
    response = await caller.post(V1, chat())
    assert response.status == 429
    assert header_of(response, b"azure-openai-deployment-utilization") == b"116.7%"
    assert header_of(response, b"retry-after-ms") == b"10000"
    assert header_of(response, b"retry-after") == b"10"
    clock.pass_(9.9)
    assert (await caller.post(V1, chat())).status == 429
    clock.pass_(0.1)
    assert (await caller.post(V1, chat())).status == 504


async def test_cached_tokens_take_no_provisioned_capacity(clock: Clock) -> None:
    answer = text_answer("Hello.")
    answer.usage = Usage(400, 100, 500, prompt_tokens_details={"cached_tokens": 300})
    caller = limited(clock, Provisioned(1000), Canned(answer))
    await caller.post(V1, chat(**ASKED))
    response = await caller.post(V1, chat(max_tokens=99))
    assert header_of(response, b"azure-openai-deployment-utilization") == b"30.0%"


@WHOLE_OR_STREAMED
async def test_a_response_is_limited_as_the_chat_that_it_is(clock: Clock, stream: bool) -> None:
    caller = limited(clock)
    asked = {"model": "demo", "input": "Hi", "max_output_tokens": 100, "store": False, "stream": stream}
    response = await caller.post("/openai/v1/responses", asked)
    assert limits_in(response)["remaining-tokens"] == 1000 - ESTIMATE
    if stream:
        await text_of(response)
    refused = await caller.post("/openai/v1/responses", {**asked, "max_output_tokens": 1000})
    assert refused.status == 429
    assert "This request was for Responses_Create." in json_of(refused)["error"]["message"]
    assert limits_in(refused)["remaining-tokens"] == 1000 - USED


class Draws(Canned):
    """Hands on requests for images."""

    relayed = frozenset({"images/generations"})

    async def relay(self, passage: Passage) -> Relayed:
        self._remember(passage)
        return Relayed(b"application/json", _pieces())


async def _pieces() -> AsyncGenerator[bytes, None]:
    yield b"{}"


async def test_what_is_handed_on_counts_as_a_request(clock: Clock) -> None:
    limiter = InProcess("demo", PerWindow(2, 10), clock)
    caller = Caller(deployment("demo", Draws(), Modality.IMAGES, limiter=limiter))
    asked = {"model": "demo", "prompt": "A cat"}
    remaining = [limits_in(await caller.post("/openai/v1/images/generations", asked)) for _ in range(2)]
    assert [said["remaining-requests"] for said in remaining] == [1, 0]
    refused = await caller.post("/openai/v1/images/generations", asked)
    assert refused.status == 429
    assert json_of(refused)["error"]["message"].startswith("Your requests to demo in local have exceeded the call rate")


async def test_what_is_handed_on_and_refused_says_how_the_limit_stands(clock: Clock) -> None:
    limiter = InProcess("demo", PerWindow(2, 10), clock)
    caller = Caller(deployment("demo", Draws(error=Overloaded()), Modality.IMAGES, limiter=limiter))
    response = await caller.post("/openai/v1/images/generations", {"model": "demo", "prompt": "A cat"})
    assert response.status == 503
    assert limits_in(response)["remaining-requests"] == 1
