"""A pytest plugin for the SDK's own tests: what they say of a service that does not exist is said of a live server.

Their arguments are examples out of the API's description. Names of objects that an account would hold are left out, or
are those of objects that the server has just been given. Where a test leaves the model to the service, one is named.
"""

import json
import os
import urllib.request
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from openai.resources.images import AsyncImages, Images
from openai.resources.responses import AsyncResponses, Responses
from openai.resources.responses.input_items import AsyncInputItems, InputItems
from openai.resources.responses.input_tokens import AsyncInputTokens, InputTokens

STORED: Final = frozenset({"after", "background_options", "conversation", "previous_response_id", "prompt"})
"""Arguments that name objects that an account would hold."""
EXAMPLES: Final = frozenset({"resp_677efb5139a88190b512bc3fef8e535d", "response_id"})
"""The responses that the tests ask for."""
ASKED: Final = {"model": "gpt-6-astra", "input": "string"}
DRAWN: Final = {"model": "gpt-image-1.5"}


def pytest_configure() -> None:
    """Wrap the methods whose tests name something."""
    for counted in (InputTokens, AsyncInputTokens):
        _wrap(counted, "count", _asking)
    for resource in (Responses, AsyncResponses):
        _wrap(resource, "create", _asking)
        for name in ("retrieve", "delete", "cancel"):
            _wrap(resource, name, _naming)
    for items in (InputItems, AsyncInputItems):
        _wrap(items, "list", _naming)
    for images in (Images, AsyncImages):
        for name in ("generate", "edit", "create_variation"):
            _wrap(images, name, _drawing)


def _wrap(resource: type, name: str, meant: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    method = getattr(resource, name)

    @wraps(method)
    def called(self: Any, *response_id: str, **arguments: Any) -> Any:
        if response_id:
            (arguments["response_id"],) = response_id
        return method(self, **meant(arguments))

    setattr(resource, name, called)


def _asking(arguments: dict[str, Any]) -> dict[str, Any]:
    return ASKED | _without_stored(arguments)


def _naming(arguments: dict[str, Any]) -> dict[str, Any]:
    named = _without_stored(arguments)
    if named.get("response_id") in EXAMPLES:
        named["response_id"] = _a_response()
    return named


def _drawing(arguments: dict[str, Any]) -> dict[str, Any]:
    return DRAWN | arguments


def _without_stored(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in STORED}


def _a_response() -> str:
    """The id of a response that the server keeps: one in the background, and streamed, since such a one can be read,
    streamed, cancelled and deleted."""
    request = urllib.request.Request(
        f"{os.environ['TEST_API_BASE_URL']}/responses",
        json.dumps(ASKED | {"background": True, "stream": True}).encode(),
        {"content-type": "application/json", "authorization": "Bearer My API Key"},
    )
    with urllib.request.urlopen(request) as answer:
        events = [line.removeprefix(b"data: ") for line in answer if line.startswith(b"data: {")]
    unique: str = json.loads(events[0])["response"]["id"]
    return unique
