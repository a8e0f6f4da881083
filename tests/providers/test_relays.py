"""Images and audio behind a connection: each route at the vendor's own path, and an upstream let go of in time."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from tests.providers.upstream import HANG, Answer, Upstream, whole
from zaffre.core.errors import Overloaded, UpstreamMisconfigured
from zaffre.core.relay import AUDIO, IMAGES, MODALITIES, JsonPassage, Relayed
from zaffre.providers import PROVIDERS

PATIENCE = 20.0
RELAYING = {name: row.relayed for name, row in PROVIDERS.items() if row.relayed}


def passage(route: str = IMAGES[0]) -> JsonPassage:
    return JsonPassage(route, {"model": Raw(b'"pictures"'), "prompt": Raw(b'"A cat"')})


async def bytes_of(answer: Relayed) -> bytes:
    return b"".join([piece async for piece in answer.pieces])


@pytest.mark.parametrize("provider", sorted(RELAYING))
async def test_every_route_goes_to_the_vendors_path(
    provider: str, backend: Callable[..., Any], upstream: Upstream
) -> None:
    upstream.answer = whole(b"{}")
    model = backend(provider, model="a/b")
    assert model.relayed == set(RELAYING[provider]) <= set(MODALITIES)
    for route, path in RELAYING[provider].items():
        assert await bytes_of(await model.relay(passage(route))) == b"{}"
        asked = upstream.asked[-1]
        assert asked.target.partition("?")[0] == path.replace("{model}", "a%2Fb")
        assert asked.json == {"model": "a/b", "prompt": "A cat"}
        assert asked.headers["content-type"] == "application/json"


async def test_azure_is_asked_with_its_version_and_key_and_for_what_it_has(
    backend: Callable[..., Any], upstream: Upstream
) -> None:
    model = backend("azure-openai", api_version="2025-04-01-preview")
    await bytes_of(await model.relay(passage(AUDIO[0])))
    asked = upstream.asked[-1]
    assert asked.target == "/openai/deployments/m/audio/transcriptions?api-version=2025-04-01-preview"
    assert asked.headers["api-key"]
    assert "images/variations" not in model.relayed


async def test_an_answer_that_nobody_reads_lets_go_of_its_upstream(
    backend: Callable[..., Any], upstream: Upstream
) -> None:
    upstream.answer = Answer([b"first", HANG], 200)
    answer = await backend().relay(passage())
    await answer.pieces.aclose()
    await asyncio.wait_for(upstream.left.wait(), PATIENCE)


@pytest.mark.parametrize(("status", "error"), [(404, UpstreamMisconfigured), (503, Overloaded)])
async def test_a_refusal_means_what_it_means_elsewhere(
    backend: Callable[..., Any], upstream: Upstream, status: int, error: type[Exception]
) -> None:
    upstream.answer = whole({"error": {"message": "No."}}, status)
    with pytest.raises(error):
        await backend().relay(passage())
