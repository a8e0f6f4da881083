"""Classifiers of a configuration: elsewhere, by deployments of this server, combined, and gone."""

import json
import logging
import math
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.api.contentsafety.conftest import KEY, VERSION
from tests.app.configured import loaded, resumed
from tests.providers.upstream import Answer, Asked, Upstream, whole
from tests.safety.adapters.test_azure import analysis
from tests.safety.adapters.test_moderation import moderation
from tests.safety.words import Words
from zaffre.app import Application
from zaffre.app.classifiers import Classifiers, Surroundings
from zaffre.app.loading import read
from zaffre.config.mistakes import ConfigError
from zaffre.config.schema import Config
from zaffre.gateway.meter import UNMETERED
from zaffre.net.client import Client
from zaffre.net.http import Request

CONFIG = f"""\
keys: [{KEY}]
connections:
  up: {{provider: openai, base_url: "URL/v1", credential: a-secret}}
deployments:
  guard: {{model: llama-guard-3-8b, connection: up, rpm: 1}}
"""


def served(
    folder: Path, text: str, url: str = "http://127.0.0.1:1", words: Words | None = None
) -> AbstractAsyncContextManager[Application]:
    return resumed(folder, (CONFIG + text).replace("URL", url), classifier=words)


async def judged(application: Application, text: str) -> tuple[int, dict[str, int]]:
    """Status, and the severities of a text."""
    headers = {b"content-type": b"application/json", b"api-key": KEY.encode()}
    body = json.dumps({"text": text, "outputType": "EightSeverityLevels"}).encode()
    response = await application.handle(Request("POST", "/contentsafety/text:analyze", VERSION, headers, body))
    assert isinstance(response.body, bytes)
    found = json.loads(response.body).get("categoriesAnalysis", ())
    return response.status, {each["category"]: each["severity"] for each in found}


def figures(application: Application) -> str:
    return application.services.metering.figures().decode()


def completion(text: str, **probabilities: float) -> dict[str, Any]:
    """A chat answer, with what its first word could have been."""
    choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    if probabilities:
        blank = {"token": "\n\n", "logprob": 0.0, "top_logprobs": []}
        top = [{"token": token, "logprob": math.log(value)} for token, value in probabilities.items()]
        choice["logprobs"] = {"content": [blank, {**top[0], "top_logprobs": top}]}
    return {"choices": [choice], "usage": {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34}}


GUARD = "classifiers: {guard: {type: llama-guard, deployment: Guard}}\ncombination: {order: [guard]}\n"


async def test_a_deployment_judges_without_its_limit_and_is_metered(tmp_path: Path) -> None:
    async with Upstream() as up, served(tmp_path, GUARD, up.url) as application:
        up.answer = whole(completion("\n\nunsafe\nS10", unsafe=0.95, safe=0.05))
        for _ in range(3):
            assert (await judged(application, "a text"))[1] == {"Hate": 6, "SelfHarm": 0, "Sexual": 0, "Violence": 0}
        asked = up.asked[0].json
        assert figures(application).count('zaffre_requests_total{deployment="guard",operation="chat",status="200"} 3.0')
        assert 'zaffre_tokens_total{deployment="guard",kind="prompt",source="reported"} 90.0' in figures(application)
    assert asked["messages"] == [{"role": "user", "content": "a text"}]
    assert (asked["temperature"], asked["max_tokens"], asked["logprobs"], asked["top_logprobs"]) == (0, 20, True, 5)


async def test_a_deployment_that_refuses_to_tell_how_sure_it_is_judges_all_the_same(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        if "logprobs" in asked.json:
            return whole({"error": {"message": "no logprobs", "code": "unsupported_parameter"}}, 400)
        return whole(completion("unsafe\nS10"))

    async with Upstream() as up, served(tmp_path, GUARD, up.url) as application:
        up.answer = answer
        assert (await judged(application, "a text"))[1]["Hate"] == 4
        assert (await judged(application, "a text"))[1]["Hate"] == 4
        assert ["logprobs" in each.json for each in up.asked] == [True, False, False]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (whole(completion("I would rather not say.")), "unreadable"),
        (whole({"choices": []}), "unreachable"),
        (whole({"error": {}}, 500), "unreachable"),
        (whole({"error": {}}, 429), "throttled"),
        (whole({"error": {}}, 401), "refused"),
        (whole({"error": {}}, 400), "refused"),
    ],
)
async def test_the_one_in_this_process_stands_in_and_the_failure_is_counted(
    tmp_path: Path, answer: Answer, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Upstream() as up, served(tmp_path, GUARD, up.url, Words()) as application:
        up.answer = answer
        with caplog.at_level(logging.WARNING):
            assert (await judged(application, "hate5"))[1]["Hate"] == 5
        assert f'zaffre_classifier_failures_total{{classifier="guard",reason="{reason}"}} 1.0' in figures(application)
    assert f"classifier guard: no verdict ({reason})" in caplog.messages
    assert "hate5" not in caplog.text
    assert "a-secret" not in caplog.text


async def test_a_deployment_that_is_no_chat_model_is_no_judge(tmp_path: Path) -> None:
    text = CONFIG.replace("rpm: 1", "modality: text_embeddings").replace("URL", "http://127.0.0.1:1") + GUARD
    file = loaded(tmp_path, text)
    application = Application(file.config, tmp_path / "data", Client())
    assert (await judged(application, "a text"))[0] == 503
    await application.close()


async def test_several_are_combined_and_one_that_is_closed_is_not_done_without(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        if "moderations" in asked.target:
            return whole(moderation({"hate": 0.5, "violence": 0.9}))
        return whole(analysis(hate=1, sexual=3))

    text = (
        "classifiers:\n"
        "  azure: {type: azure-content-safety, base_url: URL, credential: key-one, on_error: closed}\n"
        "  open: {type: moderation, base_url: URL/v1, credential: key-two, headers: {X-Team: a}}\n"
        "combination: {order: [azure, open, local], violence: first}\n"
    )
    async with Upstream() as up, served(tmp_path, text, up.url, Words()) as application:
        up.answer = lambda asked: (
            whole({"userPromptAnalysis": {"attackDetected": False}, "documentsAnalysis": []})
            if ("shieldPrompt" in asked.target)
            else answer(asked)
        )
        found = await judged(application, "self_harm5 hate2")
        assert found == (200, {"Hate": 4, "SelfHarm": 5, "Sexual": 3, "Violence": 0})
        sent = {each.target.split("?")[0]: each.headers for each in up.asked}
        assert sent["/contentsafety/text:analyze"]["ocp-apim-subscription-key"] == "key-one"
        assert sent["/v1/moderations"]["authorization"] == "Bearer key-two"
        assert sent["/v1/moderations"]["x-team"] == "a"
        up.answer = whole({}, 500)
        assert (await judged(application, "a text"))[0] == 503


async def test_any_classifier_behind_http_is_asked_where_it_is(tmp_path: Path) -> None:
    for base, path, target in (
        ("URL", "", "/"),
        ("URL/predict", "", "/predict"),
        ("URL/a", ", path: '/b?c=d'", "/a/b?c=d"),
    ):
        text = f"classifiers: {{ours: {{type: http, base_url: {base}{path}, scores: {{hate: s}}}}}}\n"
        async with Upstream() as up, served(tmp_path, text, up.url) as application:
            up.answer = whole({"s": 0.85})
            assert (await judged(application, "a text"))[1] == {"Hate": 6}
            assert up.asked[0].target == target


async def test_one_stays_as_it_is_while_nothing_about_it_changes(tmp_path: Path) -> None:
    async with Upstream() as up, served(tmp_path, GUARD, up.url) as application:
        up.answer = whole({"error": {}}, 429, retry_after="30")
        assert (await judged(application, "a text"))[0] == 503
        await application.blocklists.put("mine", lambda said: said, actor="test")
        assert (await judged(application, "a text"))[0] == 503
        assert len(up.asked) == 1
        (tmp_path / "zaffre.yaml").write_text(
            (CONFIG + GUARD.replace("llama-guard", "shield-gemma")).replace("URL", up.url)
        )
        up.answer = whole(completion("Yes"))
        application.reload(read(tmp_path / "zaffre.yaml").config)
        assert (await judged(application, "a text"))[1]["Hate"] == 4


async def test_each_can_be_named_and_the_one_in_this_process_stands_in_for_it(tmp_path: Path) -> None:
    words = Words()
    file = loaded(tmp_path, (CONFIG + GUARD).replace("URL", "http://127.0.0.1:1"))
    client = Client()
    given = Surroundings(client, words, lambda _: None, UNMETERED, lambda *_: None)
    classifiers = Classifiers(file.config, given)
    assert classifiers.named.keys() == {"guard", "local", "combined"}
    found = await classifiers.named["guard"].classify("hate5", "prompt")
    assert (found.severities["hate"], found.degraded) == (5, ("guard",))
    assert classifiers.after(file.config) is classifiers
    assert Classifiers(Config(), structs.replace(given, local=None)).named == {}
    await client.close()


def test_a_header_that_cannot_be_sent_is_a_mistake_of_the_file(tmp_path: Path) -> None:
    text = (
        CONFIG.replace("URL", "http://127.0.0.1:1") + "classifiers: {a: {type: moderation, credential: schlüssel-✓}}\n"
    )
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text)
    assert "zaffre.yaml:6: classifiers.a: expected a classifier that can be asked, found" in str(refused.value)
    assert "✓" not in str(refused.value)
