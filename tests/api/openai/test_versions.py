"""The query `api-version`: what Azure OpenAI wants and v1 does not, taken leniently or to the letter."""

import pytest

from tests.api.canned import Caller, Canned, chat, deployment, json_of
from zaffre.api.door import Manners

CLASSIC = "/openai/deployments/demo/chat/completions"
V1 = "/openai/v1/chat/completions"


def caller_of(manners: Manners) -> Caller:
    return Caller(deployment("demo", Canned()), manners=manners)


LENIENT, STRICT = Manners(), Manners(api_versions="strict")
PUBLISHED = ["2022-12-01", "2023-03-15-preview", "2024-02-01", "2024-10-21", "2025-04-01-preview", "v1", "preview"]
UNPUBLISHED = ["2025-08-28", "2099-01-01", "2024-10-21-PREVIEW", "2024-12-01"]


@pytest.mark.parametrize("manners", [LENIENT, STRICT])
@pytest.mark.parametrize("version", PUBLISHED)
async def test_every_version_that_azure_published_is_taken(manners: Manners, version: str) -> None:
    encoded = version.replace("-", "%2D")
    for said in (f"api-version={version}", f"Api-Version={version.upper()}", f"a=b&api-version={encoded}&c"):
        assert (await caller_of(manners).post(f"{CLASSIC}?{said}", chat())).status == 200


@pytest.mark.parametrize("version", UNPUBLISHED)
async def test_any_other_date_is_taken_unless_the_server_is_strict(version: str) -> None:
    path = f"{CLASSIC}?api-version={version}"
    assert (await caller_of(LENIENT).post(path, chat())).status == 200
    response = await caller_of(STRICT).post(path, chat())
    assert response.status == 404
    assert json_of(response) == {"error": {"code": "404", "message": "Resource not found"}}


@pytest.mark.parametrize("manners", [LENIENT, STRICT])
@pytest.mark.parametrize("query", ["", "?api-version=", "?api-version=latest-and-greatest", "?apiversion=2024-10-21"])
async def test_without_a_version_there_is_nothing(manners: Manners, query: str) -> None:
    response = await caller_of(manners).post(CLASSIC + query, chat())
    assert response.status == 404
    assert json_of(response) == {"error": {"code": "404", "message": "Resource not found"}}


@pytest.mark.parametrize("path", ["/openai/models", "/openai/models/demo", "/openai/deployments"])
async def test_the_lists_of_a_resource_want_one_too(path: str) -> None:
    caller = caller_of(LENIENT)
    assert (await caller.get(path)).status == 404
    assert (await caller.get(f"{path}?api-version=2023-03-15-preview")).status == 200


@pytest.mark.parametrize("query", ["", "?api-version=v1", "?api-version=preview", "?api-version=latest"])
async def test_v1_asks_for_none(query: str) -> None:
    for manners in (LENIENT, STRICT):
        assert (await caller_of(manners).post(V1 + query, chat())).status == 200


async def test_a_date_on_v1_is_refused_by_a_strict_server_only() -> None:
    path = f"{V1}?api-version=2024-10-21"
    assert (await caller_of(LENIENT).post(path, chat())).status == 200
    response = await caller_of(STRICT).post(path, chat())
    assert response.status == 400
    error = json_of(response)["error"]
    assert (error["param"], error["message"]) == ("api-version", "API version not supported")


async def test_what_is_asked_for_is_looked_at_before_who_asks() -> None:
    """As on Azure, where the gateway finds the resource first."""
    assert (await caller_of(LENIENT).post(CLASSIC, chat(), api_key="wrong")).status == 404
