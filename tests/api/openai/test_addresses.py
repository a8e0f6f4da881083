"""Where the Azure OpenAI and v1 surfaces are found, and who answers there: every form that published clients send."""

from collections.abc import Iterator

import pytest

from tests.api.canned import KEY, Caller, Canned, chat, deployment, header_of, json_of
from zaffre.core.modality import Modality

VERSION = "?api-version=2024-10-21"
ENCODED = {"my dep": "my%20dep", "a%2Fb": "a%252Fb", "a/b": "a%2Fb", "größe": "gr%C3%B6%C3%9Fe", "a+b": "a+b"}
"""Names, and how a client writes them into a path."""


@pytest.fixture
def backends() -> dict[str, Canned]:
    return {name: Canned() for name in ("Demo", "other", *ENCODED)}


@pytest.fixture
def caller(backends: dict[str, Canned]) -> Caller:
    embedder = deployment("embed", Canned(), Modality.TEXT_EMBEDDINGS)
    return Caller(*(deployment(name, backend) for name, backend in backends.items()), embedder)


def asked(backends: dict[str, Canned]) -> Iterator[str]:
    """Who was asked."""
    return (name for name, backend in backends.items() for _ in backend.asked)


@pytest.mark.parametrize(
    "path",
    [
        f"/openai/deployments/demo/chat/completions{VERSION}",
        f"/OpenAI/Deployments/DEMO/Chat/Completions{VERSION}",
        f"/openai/deployments/demo/chat/completions/{VERSION}",
        f"/openai/deployments/%64emo/chat/completions{VERSION}",
        "/openai/v1/deployments/demo/chat/completions?api-version=preview",
        "/openai/v1/deployments/demo/chat/completions",
        "/v1/deployments/demo/chat/completions",
        "/deployments/demo/v1/chat/completions",
        "/api/projects/p/openai/v1/deployments/demo/chat/completions",
    ],
)
async def test_where_the_address_names_a_deployment_the_bodys_model_is_ignored(
    caller: Caller, backends: dict[str, Canned], path: str
) -> None:
    for body in (chat("other"), chat("nobody"), chat(None)):
        response = await caller.post(path, body)
        assert response.status == 200
        assert json_of(response)["model"] == "Demo-model"
    assert list(asked(backends)) == ["Demo"] * 3


@pytest.mark.parametrize(
    "path",
    [
        "/openai/v1/chat/completions",
        "/OPENAI/V1/chat/completions",
        "/openai/v1/chat/completions/",
        "/openai/v1/chat/completions?api-version=preview",
        "/openai/v1/chat/completions?api-version=v1",
        "/v1/chat/completions",
        "/openai/chat/completions",
        f"/openai/chat/completions{VERSION}",
        "/api/projects/p/openai/v1/chat/completions",
        "/api/projects/my%20project/openai/v1/chat/completions",
        "/api/projects/p/openai/chat/completions",
    ],
)
async def test_elsewhere_the_bodys_model_names_it_in_any_letter_case(
    caller: Caller, backends: dict[str, Canned], path: str
) -> None:
    response = await caller.post(path, chat("dEMO"))
    assert response.status == 200
    assert json_of(response)["model"] == "Demo-model"
    assert list(asked(backends)) == ["Demo"]


@pytest.mark.parametrize(("name", "encoded"), ENCODED.items())
async def test_a_name_is_decoded_once(caller: Caller, backends: dict[str, Canned], name: str, encoded: str) -> None:
    for path in (f"/openai/deployments/{encoded}/chat/completions{VERSION}", f"/openai/v1/models/{encoded}"):
        response = await (caller.get(path) if "models" in path else caller.post(path, chat()))
        assert response.status == 200, path
    assert list(asked(backends)) == [name]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("completions", {"model": "demo", "prompt": "Hi"}),
        ("chat/completions", chat("demo")),
        ("embeddings", {"model": "embed", "input": "Hi"}),
        ("embeddings", {"model": "embed", "input": ["Hi"], "user": "u", "encoding_format": "float"}),
    ],
)
async def test_every_route_is_on_both_surfaces(caller: Caller, route: str, body: dict[str, object]) -> None:
    for path in (f"/openai/deployments/{body['model']}/{route}{VERSION}", f"/openai/v1/{route}", f"/v1/{route}"):
        response = await caller.post(path, body)
        assert response.status == 200, path


@pytest.mark.parametrize(
    "headers",
    [
        {"api_key": KEY},
        {"api_key": "", "authorization": f"Bearer {KEY}"},
        {"api_key": KEY, "authorization": "Bearer "},
        {"api_key": KEY, "authorization": f"Bearer {KEY}"},
        {"api_key": "", "ocp_apim_subscription_key": KEY},
    ],
)
async def test_a_key_opens_both_surfaces_wherever_it_stands(caller: Caller, headers: dict[str, str]) -> None:
    for path in (f"/openai/deployments/demo/chat/completions{VERSION}", "/openai/v1/chat/completions"):
        assert (await caller.post(path, chat("demo"), **headers)).status == 200


async def test_the_head_of_a_list_can_be_asked_for(caller: Caller) -> None:
    assert (await caller.send("HEAD", "/openai/v1/models")).status == 200


async def test_what_is_below_v1_of_a_deployment_answers_as_v1_does(caller: Caller) -> None:
    response = await caller.post("/deployments/demo/v1/chat/completions", chat())
    assert json_of(response)["id"].startswith("chatcmpl-")
    assert header_of(response, b"x-request-id")
    assert json_of(await caller.get("/deployments/demo/v1/models"))["object"] == "list"
