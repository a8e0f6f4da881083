"""Whole conversations with every provider, as its reference shows them: asked, sent, replied, answered.

One file for each route of a row: `chat.json`, `stream.json`, `completions.json`, `embeddings.json`,
`image_embeddings.json`. They were written after the references and never run against the vendors themselves.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.providers.requests import chat, embeddings, images, text
from zaffre.net.sse import EventDecoder
from zaffre.providers import PROVIDERS
from zaffre.providers.codec import Provider

FOLDER = Path(__file__).parent
REQUESTS = {
    "chat": chat,
    "stream": chat,
    "completions": text,
    "embeddings": embeddings,
    "image_embeddings": images,
}
GOLDENS = sorted(path.relative_to(FOLDER) for path in FOLDER.glob("*/*.json"))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: f"{path.parent}-{path.stem}")
def test_a_conversation_goes_as_the_reference_says(path: Path) -> None:
    golden = json.loads((FOLDER / path).read_text())
    provider, route = PROVIDERS[path.parent.name], path.stem
    request = REQUESTS[route](golden["request"], pass_through=golden.get("pass_through", False))
    codec: Any = provider.chat if route == "stream" else getattr(provider, route)
    streamed = (route == "stream",) if route in ("chat", "stream", "completions") else ()
    sent = codec.encode(request, golden["model"], *streamed)
    assert {
        "target": sent.target,
        "headers": sent.headers.decode(),
        "body": json.loads(sent.body),
    } == golden["sent"]
    assert plain(answered(codec, route, golden, request)) == golden["answer"]


def answered(codec: Any, route: str, golden: dict[str, Any], request: Any) -> Any:
    if route == "stream":
        lines = (event if isinstance(event, str) else f"data: {json.dumps(event)}" for event in golden["events"])
        return codec.decoder().feed(EventDecoder().feed("".join(f"{line}\n\n" for line in lines).encode()))
    body = json.dumps(golden["reply"]).encode()
    return codec.decode(body, request) if "embeddings" in route else codec.decode(body)


def plain(value: Any) -> Any:
    """A value of `core` as JSON, without what it does not say."""
    return _said(json.loads(msgspec.json.encode(value)))


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(said) for name, said in value.items() if said is not None and name != "estimated"}
    return [_said(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_route_of_every_provider_has_a_golden(name: str) -> None:
    written = {path.stem for path in GOLDENS if path.parent.name == name}
    assert written == routes(PROVIDERS[name])


def test_every_golden_has_a_provider() -> None:
    assert {path.parent.name for path in GOLDENS} == set(PROVIDERS)


def routes(provider: Provider) -> set[str]:
    served = {route for route in ("chat", "completions", "embeddings", "image_embeddings") if getattr(provider, route)}
    return served | {"stream"} if "chat" in served else served
