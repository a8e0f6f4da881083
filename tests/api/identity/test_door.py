"""Tokens at the door: beside keys, on every surface, and refused in each one's words."""

import logging
from typing import Any

import pytest

from tests.api.canned import KEY, Caller, Canned, chat, deployment, header_of, json_of
from tests.auth.issuing import AUDIENCE, Clock
from zaffre.auth.local_identity import LocalIdentity
from zaffre.auth.roles import Roles
from zaffre.auth.tokens import Tokens
from zaffre.config.identity import AZURE_AUDIENCES, Role
from zaffre.core.surface import Surface

INFERENCE = "/models/chat/completions"
CLASSIC = "/openai/deployments/demo/chat/completions?api-version=2024-10-21"
V1 = "/openai/v1/chat/completions"
SURFACES = {Surface.INFERENCE: INFERENCE, Surface.CLASSIC: CLASSIC, Surface.V1: V1}
ROLES = {"reader": Role(("demo",), apps=("a-reader",)), "one": Role("all", (Surface.V1,), apps=("of-v1",))}


@pytest.fixture
def tokens(local: LocalIdentity, clock: Clock) -> Tokens:
    return Tokens([local], AZURE_AUDIENCES, Roles(ROLES), clock)


@pytest.fixture
def caller(tokens: Tokens, local: LocalIdentity) -> Caller:
    served = [deployment(name, Canned()) for name in ("demo", "other")]
    return Caller(*served, tokens=tokens, local_identity=local)


def bearer(local: LocalIdentity, app: str = "a-reader", audience: str = AUDIENCE) -> dict[str, str]:
    """The headers of a program that has a token and no key."""
    return {"api_key": "", "authorization": f"Bearer {local.issue(audience, app).token}"}


@pytest.mark.parametrize("path", SURFACES.values())
async def test_a_token_opens_every_surface(caller: Caller, local: LocalIdentity, path: str) -> None:
    headers = bearer(local)
    for _ in range(2):
        assert (await caller.post(path, chat(), **headers)).status == 200


@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer a.bad.token"}, {"api_key": "wrong", "authorization": f"Bearer {KEY}"}],
)
async def test_a_key_is_enough_whatever_stands_beside_it(caller: Caller, headers: dict[str, str]) -> None:
    assert (await caller.post(INFERENCE, chat(), **headers)).status == 200


async def test_a_token_is_enough_whatever_key_stands_beside_it(caller: Caller, local: LocalIdentity) -> None:
    assert (await caller.post(INFERENCE, chat(), **(bearer(local) | {"api_key": "wrong"}))).status == 200


async def test_a_server_without_keys_is_closed_where_tokens_are_taken(tokens: Tokens, local: LocalIdentity) -> None:
    caller = Caller(deployment("demo", Canned()), keys=(), tokens=tokens)
    assert (await caller.post(INFERENCE, chat(), api_key="")).status == 401
    assert (await caller.post(INFERENCE, chat(), **bearer(local))).status == 200


async def test_a_token_opens_nothing_where_none_are_taken(local: LocalIdentity) -> None:
    caller = Caller(deployment("demo", Canned()))
    assert (await caller.post(INFERENCE, chat(), **bearer(local))).status == 401


async def test_a_token_opens_its_deployments_and_no_other(caller: Caller, local: LocalIdentity) -> None:
    headers = bearer(local)
    assert (await caller.post(INFERENCE, chat("other"), **headers)).status == 404
    listed = json_of(await caller.get("/openai/v1/models", **headers))["data"]
    assert [each["id"] for each in listed] == ["demo"]


INFERENCE_REFUSAL = {
    "error": {
        "code": "Unauthorized",
        "message": "Auth token validation failed. Access token is missing, invalid, or has expired.",
        "status": 401,
    }
}
OPENAI_REFUSAL = {
    "error": {
        "code": "401",
        "message": "Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired.",
    }
}


@pytest.mark.parametrize(
    ("path", "body"), [(INFERENCE, INFERENCE_REFUSAL), (CLASSIC, OPENAI_REFUSAL), (V1, OPENAI_REFUSAL)]
)
async def test_a_bad_token_is_refused_without_saying_why(
    caller: Caller, local: LocalIdentity, path: str, body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    headers = bearer(local, audience="https://elsewhere")
    with caplog.at_level(logging.WARNING):
        response = await caller.post(path, chat(), **headers)
    assert (response.status, json_of(response)) == (401, body)
    # A challenge would make azure-core ask for another token, and again.
    assert header_of(response, b"www-authenticate") is None
    assert "https://elsewhere" in caplog.text
    assert headers["authorization"].removeprefix("Bearer ") not in caplog.text


@pytest.mark.parametrize("surface", SURFACES)
async def test_who_may_not_use_a_surface_is_told_so(caller: Caller, local: LocalIdentity, surface: Surface) -> None:
    response = await caller.post(SURFACES[surface], chat(), **bearer(local, "of-v1"))
    if surface is Surface.V1:
        assert response.status == 200
        return
    said = json_of(response)["error"]
    assert (response.status, said["code"]) == (401, "PermissionDenied")
    assert said["message"] == "Principal does not have access to API/Operation."


async def test_a_token_stands_for_a_key_in_a_project(caller: Caller, local: LocalIdentity) -> None:
    path = "/api/projects/mine/connections/zaffre/getConnectionWithCredentials"
    assert json_of(await caller.post(path, {}, **bearer(local)))["credentials"] == {"type": "AAD"}


@pytest.mark.parametrize("token", ["a", "a.b", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "\xff.\xff.\xff"])
async def test_what_is_no_token_is_refused(caller: Caller, token: str) -> None:
    assert (await caller.post(INFERENCE, chat(), api_key="", authorization=f"Bearer {token}")).status == 401
