"""Policies of the file, and the deployments that are made while the server answers."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.configured import answer, chat, loaded, resumed
from zaffre.app import Application
from zaffre.core.errors import RequestDisallowedByPolicy
from zaffre.core.resources import Kind, Resource

FILE = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo: {model: scripted-chat, connection: script}
policies:
  - {name: no-llama, models: ["*llama*"], message: Too large}
  - {name: small, skus: [Standard], max_capacity: 10}
"""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Application]:
    async with resumed(tmp_path, FILE) as served:
        yield served


async def put(served: Application, name: str, **body: object) -> Resource:
    said = json.dumps({"connection": "script", **body}).encode()
    return await served.control.change(Kind.DEPLOYMENT, name, lambda _: said, actor="test")


async def test_a_deployment_that_a_policy_denies_is_not_made(served: Application) -> None:
    with pytest.raises(RequestDisallowedByPolicy) as refusal:
        await put(served, "mine", model="Llama-3.3-70B-Instruct")
    error = refusal.value
    assert (error.status, error.target, error.policy) == (403, "mine", "no-llama")
    assert error.fields == {"model": "Llama-3.3-70B-Instruct"}
    assert (await answer(served, "/models/chat/completions", chat("Hi", "mine")))[0] == 404


async def test_a_deployment_is_not_changed_into_one_that_a_policy_denies(served: Application) -> None:
    await put(served, "mine", model="scripted-chat", sku="Standard", capacity=10)
    with pytest.raises(RequestDisallowedByPolicy, match='capacity "11"'):
        await put(served, "mine", model="scripted-chat", sku="Standard", capacity=11)
    assert served.setting.config.deployments["mine"].capacity == 10


async def test_a_later_policy_leaves_a_deployment_until_it_is_changed(served: Application, tmp_path: Path) -> None:
    await put(served, "mine", model="scripted-chat-2")
    later = loaded(tmp_path, FILE + '  - {name: later, models: ["*-2"]}\n')
    served.reload(later.config, later.outline)
    assert (await answer(served, "/models/chat/completions", chat("Hi", "mine")))[0] == 200
    with pytest.raises(RequestDisallowedByPolicy, match="later"):
        await put(served, "mine", model="scripted-chat-2", version="2")
    assert await served.control.delete(Kind.DEPLOYMENT, "mine", actor="test")
