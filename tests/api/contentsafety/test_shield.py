"""POST /contentsafety/text:shieldPrompt and text:detectProtectedMaterial."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.contentsafety.conftest import CONFIG, Caller, refusal
from tests.app.configured import loaded
from tests.providers.upstream import Upstream, whole
from zaffre.app import Application
from zaffre.net.client import Client

PATH = "/contentsafety/text:shieldPrompt"


async def test_prompt_and_documents_are_judged_in_order(caller: Caller) -> None:
    body = {"userPrompt": "an attack", "documents": ["a text", "an attack"]}
    assert await caller.told("POST", PATH, body) == (
        200,
        {
            "userPromptAnalysis": {"attackDetected": True, "score": 1.0},
            "documentsAnalysis": [{"attackDetected": False, "score": 0.0}, {"attackDetected": True, "score": 1.0}],
        },
    )


async def test_either_of_them_is_enough(caller: Caller) -> None:
    _, prompt = await caller.told("POST", PATH, {"userPrompt": "a text", "documents": None})
    assert (prompt["userPromptAnalysis"]["attackDetected"], prompt["documentsAnalysis"]) == (False, [])
    _, document = await caller.told("POST", PATH, {"userPrompt": "", "documents": ["a text"]})
    assert "userPromptAnalysis" not in document
    assert len(document["documentsAnalysis"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"userPrompt": "", "documents": []},
        {"userPrompt": "a" * 10_001},
        {"documents": ["a"] * 6},
        {"documents": ["a" * 5_000, "a" * 5_001]},
        {"documents": "a"},
    ],
)
async def test_azures_limits_hold(caller: Caller, body: Any) -> None:
    assert refusal(await caller.ask("POST", PATH, body)) == (400, "InvalidRequestBody")


async def test_nobody_here_knows_protected_material(caller: Caller) -> None:
    response = await caller.ask("POST", "/contentsafety/text:detectProtectedMaterial", {"text": "a text"})
    assert refusal(response) == (404, "404")


async def test_azures_service_does_where_it_is_configured(tmp_path: Path) -> None:
    async with Upstream() as server:
        server.answer = whole({"protectedMaterialAnalysis": {"detected": True}})
        classifiers = f"classifiers: {{azure: {{type: azure-content-safety, base_url: '{server.url}'}}}}\n"
        file = loaded(tmp_path, CONFIG + classifiers)
        application = Application(file.config, tmp_path / "data", Client())
        try:
            answer = await Caller(application).told(
                "POST", "/contentsafety/text:detectProtectedMaterial", {"text": "a text"}
            )
        finally:
            await application.close()
    assert answer == (200, {"protectedMaterialAnalysis": {"detected": True}})
