"""What a configuration and the catalog's facts together make of a deployment."""

from pathlib import Path

import pytest

from tests.app.configured import answer, application, chat

CONFIG = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
  far: {provider: openai, base_url: "http://127.0.0.1:1/v1", credential: none-of-your-business}
deployments:
  vectors: {model: text-embedding-3-small, connection: script}
  first: {model: some-model, connection: script}
  second: {model: Mistral-large-2411, connection: script, publisher: Somebody, model_type: chat-completion}
  limited: {model: gpt-4o, connection: script, unsupported: [seed]}
  real: {model: o1, connection: far}
  images: {model: any-model, connection: script, modality: image_embeddings}
  pictures: {model: dall-e-3, connection: far}
  sounds: {model: any-model, connection: far, modality: audio}
"""


async def test_the_first_chat_deployment_answers_where_none_is_named(tmp_path: Path) -> None:
    running = application(tmp_path, CONFIG)
    status, info = await answer(running, "/models/info")
    assert (status, info["model_name"]) == (200, "some-model")
    await running.close()


async def test_a_named_default_answers_instead(tmp_path: Path) -> None:
    running = application(tmp_path, f"{CONFIG}default_deployment: SECOND\n")
    _, info = await answer(running, "/models/info")
    assert info == {
        "model_name": "Mistral-large-2411",
        "model_type": "chat-completion",
        "model_provider_name": "Somebody",
    }
    await running.close()


@pytest.mark.parametrize(
    ("deployment", "model_type"),
    [
        ("vectors", "embeddings"),
        ("first", "chat-completions"),
        ("images", "image_embeddings"),
        ("pictures", "image_generation"),
        ("sounds", "audio_generation"),
    ],
)
async def test_the_modality_is_the_configurations_else_the_catalogs_else_chat(
    tmp_path: Path, deployment: str, model_type: str
) -> None:
    running = application(tmp_path, CONFIG)
    _, info = await answer(running, f"/deployments/{deployment}/info")
    assert info["model_type"] == model_type
    await running.close()


async def test_what_the_configuration_calls_unsupported_is_refused(tmp_path: Path) -> None:
    running = application(tmp_path, CONFIG)
    status, body = await answer(running, "/models/chat/completions", chat("Hello!", "limited", seed=1))
    assert status == 422
    assert body["detail"][0]["loc"] == ["body", "seed"]
    await running.close()


async def test_a_script_can_do_what_the_model_it_is_named_after_cannot(tmp_path: Path) -> None:
    scripted = CONFIG.replace("model: some-model", "model: o1")
    running = application(tmp_path, scripted)
    status, _ = await answer(running, "/models/chat/completions", chat("Hello!", "first", top_p=0.5))
    assert status == 200
    status, body = await answer(running, "/models/chat/completions", chat("Hello!", "real", top_p=0.5))
    assert (status, body["detail"][0]["loc"]) == (422, ["body", "top_p"])
    await running.close()


async def test_health_needs_no_key_and_is_ready_once_requests_are_accepted(tmp_path: Path) -> None:
    running = application(tmp_path, f"keys: [a-key]\n{CONFIG}")
    assert await answer(running, "/health/live") == (200, {"status": "live"})
    assert await answer(running, "/health/ready") == (503, {"status": "not ready"})
    running.accepting = True
    assert await answer(running, "/health/ready") == (200, {"status": "ready"})
    assert (await answer(running, "/health/other"))[0] in (401, 404)
    await running.close()
