"""What is served, as each surface lists it: as models, as the deployments of old tools and of projects."""

import pytest

from tests.api.canned import Caller, Canned, deployment, json_of
from zaffre.core.modality import Modality


def caller_of() -> Caller:
    return Caller(deployment("Demo", Canned()), deployment("embed", Canned(), Modality.TEXT_EMBEDDINGS))


@pytest.mark.parametrize(
    "path",
    ["/openai/v1/models", "/openai/models?api-version=2024-10-21", "/v1/models", "/api/projects/p/openai/v1/models"],
)
async def test_deployments_are_the_models_with_the_fields_of_both_surfaces(path: str) -> None:
    caller = caller_of()
    listed = json_of(await caller.get(path))
    assert listed["object"] == "list"
    demo, embed = listed["data"]
    assert (demo["id"], demo["object"], demo["owned_by"]) == ("Demo", "model", "zaffre")
    assert (demo["model"], demo["status"], demo["lifecycle_status"]) == (
        "Demo-model",
        "succeeded",
        "generally-available",
    )
    assert isinstance(demo["created"], int)
    assert demo["created"] == demo["created_at"]
    abilities = ("chat_completion", "completion", "embeddings", "inference", "fine_tune")
    assert [demo["capabilities"][name] for name in abilities] == [True, True, False, True, False]
    assert [embed["capabilities"][name] for name in abilities] == [False, False, True, True, False]
    one, _, query = path.partition("?")
    assert json_of(await caller.get(f"{one}/DEMO?{query}")) == demo


async def test_old_tools_are_told_of_deployments() -> None:
    caller = caller_of()
    listed = json_of(await caller.get("/openai/deployments?api-version=2022-12-01"))
    assert [(each["id"], each["object"], each["model"], each["status"]) for each in listed["data"]] == [
        ("Demo", "deployment", "Demo-model", "succeeded"),
        ("embed", "deployment", "embed-model", "succeeded"),
    ]
    assert json_of(await caller.get("/openai/deployments/demo?api-version=2022-12-01")) == listed["data"][0]


async def test_lists_are_for_those_with_a_key() -> None:
    for path in ("/openai/v1/models", "/openai/v1/models/demo", "/openai/deployments?api-version=2022-12-01"):
        assert (await caller_of().get(path, api_key="")).status == 401
