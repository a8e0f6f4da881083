"""Classifiers that are slow, busy, gone or broken."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from tests.providers.upstream import CUT, HANG, Answer, Upstream, whole
from tests.safety.adapters.conftest import Clock
from tests.safety.adapters.test_azure import analysis
from zaffre.core.errors import ClassifierFailed
from zaffre.net.client import Client
from zaffre.safety.adapters.adapter import Adapter
from zaffre.safety.adapters.azure import AzureContentSafety
from zaffre.safety.adapters.remote import Remote

Adapted = Callable[..., Adapter]


async def reason(classifier: Adapter, text: str = "a text") -> str:
    """Why it gives no verdict; "" where it does."""
    try:
        await classifier.classify(text, "completion")
    except ClassifierFailed as failure:
        return failure.reason
    return ""


async def test_one_that_hangs_is_waited_for_as_long_as_configured(
    server: Upstream, remote: Remote, adapted: Adapted
) -> None:
    server.answer = Answer([HANG])
    assert await reason(adapted(AzureContentSafety(remote), timeout=0.05)) == "timeout"
    await server.left.wait()


async def test_one_that_hangs_in_its_answer_is_not_waited_for_either(
    server: Upstream, remote: Remote, adapted: Adapted
) -> None:
    server.answer = Answer([b'{"categories', HANG])
    assert await reason(adapted(AzureContentSafety(remote), timeout=0.05)) == "timeout"
    await server.left.wait()


async def test_one_that_breaks_its_answer_off_is_unreachable(
    server: Upstream, remote: Remote, adapted: Adapted
) -> None:
    server.answer = Answer([b'{"categories', CUT])
    assert await reason(adapted(AzureContentSafety(remote))) == "unreachable"


async def test_one_that_is_down_is_left_alone_for_a_while(client: Client, adapted: Adapted, clock: Clock) -> None:
    async with Upstream() as server:
        url = server.url
    down = adapted(AzureContentSafety(Remote("down", client.pool(url), {})))
    assert [await reason(down) for _ in range(4)] == ["unreachable"] * 3 + ["resting"]
    clock.now += 11
    assert [await reason(down) for _ in range(2)] == ["unreachable", "resting"]


async def test_one_that_is_up_again_is_asked_again(
    server: Upstream, remote: Remote, adapted: Adapted, clock: Clock
) -> None:
    azure = adapted(AzureContentSafety(remote))
    server.answer = whole({}, 500)
    assert [await reason(azure) for _ in range(4)] == ["unreachable"] * 3 + ["resting"]
    clock.now += 11
    server.answer = whole(analysis())
    assert await reason(azure) == ""
    server.answer = whole({}, 500)
    assert [await reason(azure) for _ in range(2)] == ["unreachable"] * 2


async def test_one_that_is_busy_is_asked_again_when_it_said(
    server: Upstream, remote: Remote, adapted: Adapted, clock: Clock
) -> None:
    azure = adapted(AzureContentSafety(remote))
    server.answer = whole({"error": {"code": "TooManyRequests"}}, 429, retry_after="7")
    assert [await reason(azure) for _ in range(2)] == ["throttled", "resting"]
    server.answer = whole(analysis())
    clock.now += 6.9
    assert await reason(azure) == "resting"
    clock.now += 0.2
    assert await reason(azure) == ""
    assert len(server.asked) == 2


@pytest.mark.parametrize("said", ["soon", "-1", "1e9", "9999999999", "²"])
async def test_no_classifier_can_ask_to_be_left_alone_for_good(
    server: Upstream, remote: Remote, adapted: Adapted, clock: Clock, said: str
) -> None:
    azure = adapted(AzureContentSafety(remote))
    server.answer = whole({}, 429, retry_after=said.encode().decode("latin-1"))
    assert await reason(azure) == "throttled"
    server.answer = whole(analysis())
    clock.now += 61
    assert await reason(azure) == ""


@pytest.mark.parametrize("answer", [whole({}, 400), whole({}, 413), whole(b"garbage")])
async def test_what_a_text_can_bring_about_talks_no_classifier_to_sleep(
    server: Upstream, remote: Remote, adapted: Adapted, answer: Answer
) -> None:
    azure = adapted(AzureContentSafety(remote))
    server.answer = answer
    assert "resting" not in [await reason(azure) for _ in range(5)]
    server.answer = whole(analysis())
    assert await reason(azure) == ""


async def test_neither_does_a_text_that_takes_too_long(server: Upstream, remote: Remote, adapted: Adapted) -> None:
    azure = adapted(AzureContentSafety(remote, longest=300), timeout=0.05)
    server.answer = Answer([HANG])
    assert "resting" not in [await reason(azure, "a" * 400) for _ in range(4)]


async def test_a_refused_credential_is_told_to_the_operator_without_the_key(
    server: Upstream, remote: Remote, adapted: Adapted, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = whole({"error": {"code": "401", "message": "the-key is wrong"}}, 401)
    with caplog.at_level(logging.ERROR):
        assert await reason(adapted(AzureContentSafety(remote))) == "refused"
    assert "classifier there: its server answered 401" in caplog.text
    assert "the-key" not in caplog.text


async def test_a_caller_who_leaves_takes_the_question_along(server: Upstream, remote: Remote, adapted: Adapted) -> None:
    server.answer = Answer([HANG])
    task = asyncio.ensure_future(adapted(AzureContentSafety(remote)).classify("a text", "prompt"))
    await server.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.left.wait()


def test_a_credential_that_no_header_can_carry_is_refused_unseen(client: Client) -> None:
    for secret in ("sécret ✓", "a\r\nb: c"):
        with pytest.raises(ValueError, match=r"header|value") as refused:
            Remote("there", client.pool("http://127.0.0.1:1"), {"authorization": secret})
        assert secret not in str(refused.value)
