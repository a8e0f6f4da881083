"""What is too much for provisioned capacity goes to another deployment, and the answer says so."""

from typing import Any

import pytest

from tests.api.canned import Caller, Canned, chat, deployment, header_of, json_of, text_of
from zaffre.core.deployment import Deployment
from zaffre.core.errors import (
    ContextOverflow,
    Cut,
    GatewayError,
    Overloaded,
    PromptFiltered,
    RateLimited,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamRejected,
)
from zaffre.core.limits import PerWindow, Provisioned, Sku
from zaffre.core.modality import Modality
from zaffre.limits.process import InProcess
from zaffre.net.http import Hangup, Response

INFERENCE = "/models/chat/completions"
V1 = "/openai/v1/chat/completions"
EVERYWHERE = pytest.mark.parametrize("path", [INFERENCE, V1])
WHOLE_OR_STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def full(name: str = "Reserved") -> InProcess:
    """Provisioned capacity that is overdrawn by its first call, at a time that stands still."""
    return InProcess(name, Provisioned(10), lambda: 0.0)


def reserved(backend: Canned | None = None, spillover: str | None = "shared", **facts: Any) -> Deployment:
    return deployment("Reserved", backend or Canned(), sku=Sku.PROVISIONED_MANAGED, spillover=spillover, **facts)


def shared(backend: Canned | None = None, **facts: Any) -> Deployment:
    return deployment("Shared", backend or Canned(), **facts)


async def overdrawn(limiter: InProcess) -> InProcess:
    await limiter.admit(11)
    return limiter


def headers(response: Response) -> dict[bytes, bytes]:
    return dict(response.fields)


@EVERYWHERE
@WHOLE_OR_STREAMED
async def test_what_is_too_much_is_answered_elsewhere_and_the_answer_says_by_whom(path: str, stream: bool) -> None:
    first, second = Canned(), Canned()
    limiter = await overdrawn(full())
    caller = Caller(reserved(first, limiter=limiter), shared(second))
    response = await caller.post(path, chat("reserved", stream=stream))
    assert response.status == 200
    assert headers(response)[b"x-ms-spillover-from-reserved"] == b"Reserved"
    assert headers(response)[b"x-ms-spillover-from-deployment"] == b"Reserved"
    assert headers(response)[b"x-ms-deployment-name"] == b"Shared"
    assert (len(first.asked), len(second.asked)) == (0, 1)
    body = await text_of(response) if stream else str(json_of(response))
    assert "Shared-model" in body


async def test_what_is_not_too_much_stays_where_it_is() -> None:
    second = Canned()
    response = await Caller(reserved(limiter=full()), shared(second)).post(V1, chat("reserved"))
    assert headers(response)[b"x-ms-deployment-name"] == b"Reserved"
    assert header_of(response, b"x-ms-spillover-from-deployment") is None
    assert second.asked == []


@pytest.mark.parametrize(
    "error",
    [
        RateLimited(),
        ContextOverflow(),
        UpstreamRejected(code="context_length_exceeded"),
        UpstreamError(),
        Overloaded(),
        GatewayError(status=500),
    ],
    ids=lambda error: f"{type(error).__name__} {error.status}",
)
@WHOLE_OR_STREAMED
async def test_a_deployment_that_fails_is_relieved(error: GatewayError, stream: bool) -> None:
    response = await Caller(reserved(Canned(error=error)), shared()).post(V1, chat("reserved", stream=stream))
    assert response.status == 200
    assert headers(response)[b"x-ms-deployment-name"] == b"Shared"


@pytest.mark.parametrize("error", [UpstreamRejected(), UpstreamMisconfigured()], ids=lambda error: type(error).__name__)
async def test_what_no_other_deployment_would_do_better_is_refused(error: GatewayError) -> None:
    second = Canned()
    response = await Caller(reserved(Canned(error=error)), shared(second)).post(V1, chat("reserved"))
    assert response.status == error.status
    assert second.asked == []


async def test_a_connection_that_a_script_cuts_is_cut() -> None:
    with pytest.raises(Hangup):
        await Caller(reserved(Canned(error=Cut())), shared()).post(V1, chat("reserved"))


@EVERYWHERE
async def test_where_both_fail_the_first_refusal_is_told_with_the_status_of_the_second(path: str) -> None:
    limiter = await overdrawn(full())
    caller = Caller(reserved(limiter=limiter), shared(Canned(error=Overloaded())))
    response = await caller.post(path, chat("reserved"))
    assert response.status == 429
    assert "exceeded" in json_of(response)["error"]["message"]
    assert header_of(response, b"x-ms-spillover-error") == b"503"
    assert header_of(response, b"azure-openai-deployment-utilization") == b"110.0%"


@EVERYWHERE
@WHOLE_OR_STREAMED
async def test_a_prompt_that_is_stopped_there_is_refused_for_that(path: str, stream: bool) -> None:
    caller = Caller(reserved(limiter=await overdrawn(full())), shared(Canned(error=PromptFiltered())))
    response = await caller.post(path, chat("reserved", stream=stream))
    assert (response.status, json_of(response)["error"]["code"]) == (400, "content_filter")


async def test_a_limit_that_is_spent_there_too_is_the_second_refusal() -> None:
    there = InProcess("Shared", PerWindow(1, 10), lambda: 0.0)
    caller = Caller(reserved(limiter=await overdrawn(full())), shared(limiter=there))
    assert (await caller.post(V1, chat("reserved"))).status == 200
    response = await caller.post(V1, chat("reserved"))
    assert response.status == 429
    assert header_of(response, b"x-ms-spillover-error") == b"429"
    assert header_of(response, b"policy-id") == b"DeploymentRatelimit-Token"


async def test_the_answer_says_how_the_limit_stands_that_let_it_in() -> None:
    there = InProcess("Shared", PerWindow(7, 10), lambda: 0.0)
    caller = Caller(reserved(limiter=await overdrawn(full())), shared(limiter=there))
    response = await caller.post(V1, chat("reserved"))
    assert header_of(response, b"x-ratelimit-remaining-requests") == b"6"
    assert header_of(response, b"azure-openai-deployment-utilization") is None


@EVERYWHERE
async def test_a_caller_may_say_where_to(path: str) -> None:
    caller = Caller(reserved(limiter=await overdrawn(full()), spillover=None), shared())
    assert (await caller.post(path, chat("reserved"))).status == 429
    response = await caller.post(path, chat("reserved"), x_ms_spillover_deployment="SHARED")
    assert response.status == 200
    assert headers(response)[b"x-ms-spillover-from-deployment"] == b"Reserved"


async def test_the_configurations_word_counts_before_the_callers() -> None:
    second, third = Canned(), Canned()
    caller = Caller(reserved(limiter=await overdrawn(full())), shared(second), deployment("third", third))
    await caller.post(V1, chat("reserved"), x_ms_spillover_deployment="third")
    assert (len(second.asked), len(third.asked)) == (1, 0)


@pytest.mark.parametrize(("name", "status"), [("nobody", b"404"), ("vectors", b"404")])
async def test_a_deployment_that_cannot_answer_it_is_a_second_refusal(name: str, status: bytes) -> None:
    vectors = deployment("vectors", Canned(), Modality.TEXT_EMBEDDINGS)
    caller = Caller(reserved(limiter=await overdrawn(full()), spillover=None), vectors)
    response = await caller.post(V1, chat("reserved"), x_ms_spillover_deployment=name)
    assert response.status == 429
    assert header_of(response, b"x-ms-spillover-error") == status


async def test_nothing_spills_over_into_itself() -> None:
    caller = Caller(reserved(limiter=await overdrawn(full()), spillover=None))
    response = await caller.post(V1, chat("reserved"), x_ms_spillover_deployment="reserved")
    assert response.status == 429
    assert header_of(response, b"x-ms-spillover-error") is None


async def test_nothing_spills_over_from_a_deployment_that_is_not_provisioned() -> None:
    spent = InProcess("demo", PerWindow(1, 10), lambda: 0.0)
    caller = Caller(deployment("demo", Canned(), limiter=spent), shared())
    await caller.post(V1, chat())
    assert (await caller.post(V1, chat(), x_ms_spillover_deployment="shared")).status == 429


async def test_a_response_spills_over_too() -> None:
    caller = Caller(reserved(limiter=await overdrawn(full())), shared())
    response = await caller.post("/openai/v1/responses", {"model": "reserved", "input": "Hi", "store": False})
    assert response.status == 200
    assert headers(response)[b"x-ms-deployment-name"] == b"Shared"
    assert headers(response)[b"x-ms-spillover-from-deployment"] == b"Reserved"
