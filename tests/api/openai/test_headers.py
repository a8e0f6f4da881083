"""The header fields of every answer."""

import re

import pytest

from tests.api.canned import Caller, Canned, chat, deployment, header_of
from zaffre.api.door import Manners
from zaffre.core.errors import Overloaded
from zaffre.net.http import Response

CLASSIC = "/openai/deployments/DEMO/chat/completions?api-version=2024-10-21"
GUID = rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def caller_of(backend: Canned) -> Caller:
    return Caller(deployment("Demo", backend), manners=Manners(region="West Europe"))


def ids_of(response: Response) -> set[bytes | None]:
    names = (b"apim-request-id", b"x-request-id", b"x-ms-client-request-id")
    return {header_of(response, name) for name in names}


@pytest.mark.parametrize(
    ("path", "error"),
    [(CLASSIC, None), ("/openai/v1/chat/completions", None), (CLASSIC, Overloaded()), ("/openai/v1/nothing", None)],
)
async def test_every_answer_says_its_id_and_where_it_comes_from(path: str, error: Exception | None) -> None:
    response = await caller_of(Canned(error=error)).post(path, chat())
    (unique,) = ids_of(response)
    assert re.fullmatch(GUID, unique or b"")
    assert header_of(response, b"content-type") == b"application/json"
    assert header_of(response, b"x-ms-region") == b"West Europe"
    assert header_of(response, b"x-content-type-options") == b"nosniff"
    assert not [name for name, _ in response.headers if name.startswith(b"openai-")]


async def test_no_two_answers_have_the_same_id() -> None:
    caller = caller_of(Canned())
    assert ids_of(await caller.post(CLASSIC, chat())) != ids_of(await caller.post(CLASSIC, chat()))


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_says_which_deployment_gave_it_as_it_is_spelled(stream: bool) -> None:
    response = await caller_of(Canned()).post(CLASSIC, chat(stream=stream))
    assert header_of(response, b"x-ms-deployment-name") == b"Demo"
    kind = header_of(response, b"content-type")
    assert kind == (b"text/event-stream; charset=utf-8" if stream else b"application/json")
    assert header_of(response, b"cache-control") == (b"no-cache" if stream else None)


async def test_the_callers_own_id_is_said_back() -> None:
    response = await caller_of(Canned()).post(CLASSIC, chat(), x_ms_client_request_id="mine")
    assert header_of(response, b"x-ms-client-request-id") == b"mine"
    assert header_of(response, b"apim-request-id") == header_of(response, b"x-request-id") != b"mine"
