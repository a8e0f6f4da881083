"""A project's deployments through the door, as azure-ai-projects asks for them."""

import pytest
from msgspec.structs import replace

from tests.api.canned import Caller, Canned, deployment, header_of, json_of
from zaffre.core.deployment import ModelInfo
from zaffre.core.limits import Sku
from zaffre.core.modality import Modality

PATH = "/api/projects/p/deployments"


@pytest.fixture
def caller() -> Caller:
    mistral = ModelInfo("mistral-large", "chat-completions", "Mistral AI")
    return Caller(
        replace(deployment("Large", Canned(), version="2411"), model="mistral-large", info=mistral),
        deployment("texts", Canned(), Modality.TEXT_EMBEDDINGS, sku=Sku.GLOBAL_STANDARD, capacity=50),
    )


async def names_of(caller: Caller, query: str) -> list[str]:
    response = await caller.get(f"{PATH}?{query}")
    assert response.status == 200
    return [each["name"] for each in json_of(response)["value"]]


async def test_a_deployment_says_its_model_and_what_it_can_do(caller: Caller) -> None:
    response = await caller.get(f"{PATH}/LARGE?api-version=v1")
    assert json_of(response) == {
        "name": "Large",
        "type": "ModelDeployment",
        "modelName": "mistral-large",
        "modelVersion": "2411",
        "modelPublisher": "Mistral AI",
        "capabilities": {"chat_completion": "true", "completion": "true"},
        "sku": {"name": "Standard"},
    }


async def test_all_deployments_are_one_page(caller: Caller) -> None:
    listed = json_of(await caller.get(f"{PATH}?api-version=v1"))
    assert listed.keys() == {"value"}
    assert [each["name"] for each in listed["value"]] == ["Large", "texts"]
    assert listed["value"][1]["capabilities"] == {"embeddings": "true"}
    assert listed["value"][1]["sku"] == {"name": "GlobalStandard", "capacity": 50}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("modelPublisher=Mistral%20AI", ["Large"]),
        ("modelPublisher=mistral+ai", ["Large"]),
        ("modelName=texts-model", ["texts"]),
        ("deploymentType=ModelDeployment", ["Large", "texts"]),
        ("deploymentType=Other", []),
        ("modelPublisher=zaffre&modelName=mistral-large", []),
    ],
)
async def test_deployments_are_filtered_by_publisher_model_and_type(
    caller: Caller, query: str, names: list[str]
) -> None:
    assert await names_of(caller, query) == names


@pytest.mark.parametrize("version", ["api-version=v1", "api-version=2025-05-15-preview", "api-version=preview", ""])
async def test_every_generation_of_the_client_is_answered(caller: Caller, version: str) -> None:
    assert await names_of(caller, version) == ["Large", "texts"]


async def test_whatever_a_project_is_called_it_has_all_deployments(caller: Caller) -> None:
    for project in ("_project", "My%20Project", "p"):
        response = await caller.get(f"/api/projects/{project}/deployments")
        assert len(json_of(response)["value"]) == 2


async def test_a_deployment_that_there_is_not_is_not_found(caller: Caller) -> None:
    response = await caller.get(f"{PATH}/nobody?api-version=v1")
    error = json_of(response)["error"]
    assert (response.status, error["code"]) == (404, "DeploymentNotFound")
    assert error["message"]


async def test_a_wrong_key_opens_no_project(caller: Caller) -> None:
    for path in (PATH, f"{PATH}/large"):
        response = await caller.get(path, api_key="wrong")
        assert (response.status, json_of(response)["error"]["code"]) == (401, "401")


@pytest.mark.parametrize("path", ["/api/projects/p/datasets", "/api/projects/p", "/api/projects/p/deployments/a/b"])
async def test_what_a_project_does_not_have_is_not_found(caller: Caller, path: str) -> None:
    response = await caller.get(path)
    assert response.status == 404
    assert json_of(response)["error"].keys() >= {"code", "message"}


async def test_deployments_are_read_only_here(caller: Caller) -> None:
    response = await caller.post(PATH, {})
    assert (response.status, header_of(response, b"allow")) == (405, b"GET")
    assert json_of(response)["error"]["code"] == "method_not_allowed"


async def test_the_callers_own_request_id_is_said_back(caller: Caller) -> None:
    response = await caller.get(PATH, x_ms_client_request_id="mine")
    assert header_of(response, b"x-ms-client-request-id") == b"mine"
