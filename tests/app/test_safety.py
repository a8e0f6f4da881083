"""Content filters by configuration: which deployment has which, and what a reload changes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.configured import answer, application, chat, loaded
from tests.safety.marking import Marking
from zaffre.app import Application
from zaffre.config.filters import DEFAULT_V2
from zaffre.core.errors import InvalidResource
from zaffre.core.resources import Kind
from zaffre.services.control.control import Precondition

CONFIG = """\
connections: {script: {provider: scripted, rules: rules.yaml}}
blocklists: {words: {items: [nightjar]}}
content_filters:
  strict: {hate: low, blocklists: [words]}
  other: {backend: combined}
deployments:
  unsaid: {model: m, connection: script}
  open: {model: m, connection: script, content_filter: off}
  older: {model: m, connection: script, content_filter: Microsoft.Default}
  newer: {model: m, connection: script, content_filter: Microsoft.DefaultV2}
  strict: {model: m, connection: script, content_filter: strict}
"""
PATH = "/models/chat/completions"


def made(folder: Path, text: str = CONFIG, **more: Any) -> Application:
    return application(folder, text, **{"classifier": Marking(), **more})


async def status(running: Application, deployment: str, text: str) -> int:
    return (await answer(running, PATH, chat(text, deployment)))[0]


async def test_each_deployment_has_the_filter_that_it_names(tmp_path: Path) -> None:
    running = made(tmp_path)
    told = {
        name: [await status(running, name, text) for text in ("thunder6", "lantern", "walrus2", "nightjar")]
        for name in ("open", "older", "newer", "strict")
    }
    assert told == {
        "open": [200, 200, 200, 200],
        "older": [400, 200, 200, 200],
        "newer": [400, 400, 200, 200],
        "strict": [400, 400, 400, 400],
    }
    await running.close()


NOWHERE = """\
connections:
  nowhere: {provider: openai-compatible, base_url: "http://127.0.0.1:1/v1"}
  script: {provider: scripted, rules: rules.yaml}
deployments:
  unsaid: {model: m, connection: nowhere}
  open: {model: m, connection: nowhere, content_filter: off}
  script: {model: m, connection: script}
"""


@pytest.mark.parametrize(("default", "expected"), [(None, 502), (DEFAULT_V2, 400)])
async def test_one_switch_decides_for_deployments_that_name_none(
    tmp_path: Path, default: str | None, expected: int
) -> None:
    """What is not stopped goes to a model's server that is not there. A script says what its author wrote."""
    running = made(tmp_path, NOWHERE, default_filter=default)
    assert await status(running, "unsaid", "thunder6") == expected
    assert await status(running, "open", "thunder6") == 502
    assert await status(running, "script", "thunder6") == 200
    await running.close()


async def test_a_deployment_without_a_filter_has_nothing_in_its_way(tmp_path: Path) -> None:
    classifier = Marking()
    running = made(tmp_path, classifier=classifier)
    named = {each.name: each for each in running.setting.deployments}
    assert named["open"].screen is None
    _, body = await answer(running, PATH, chat("thunder6", "open"))
    assert "content_filter_results" not in body["choices"][0]
    assert classifier.asked == []
    await running.close()


async def test_without_its_classifier_a_filter_looks_through_lists_alone_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = made(tmp_path, classifier=None)
    assert "content filter strict of strict has no classifier" in caplog.text
    assert await status(running, "strict", "thunder6") == 200
    assert await status(running, "strict", "nightjar") == 400
    _, body = await answer(running, PATH, chat("thunder6", "strict"))
    found = body["prompt_filter_results"][0]["content_filter_results"]
    assert found == {"custom_blocklists": {"filtered": False, "details": []}}
    await running.close()


async def test_a_reload_changes_filters_and_lists_at_once_and_keeps_what_stays(tmp_path: Path) -> None:
    running = made(tmp_path)
    before = {each.name: each for each in running.setting.deployments}
    file = loaded(
        tmp_path, CONFIG.replace("nightjar", "warbler").replace("content_filter: off", "content_filter: strict")
    )
    running.reload(file.config, file.outline)
    after = {each.name: each for each in running.setting.deployments}
    assert after["newer"].screen is before["newer"].screen
    assert [await status(running, "strict", word) for word in ("warbler", "nightjar")] == [400, 200]
    assert await status(running, "open", "walrus2") == 400
    file = loaded(tmp_path, CONFIG.replace("hate: low", "hate: off"))
    running.reload(file.config, file.outline)
    assert await status(running, "strict", "walrus7") == 200
    await running.close()


async def test_a_stored_deployment_names_a_filter_of_the_file(tmp_path: Path) -> None:
    running = made(tmp_path)
    await running.resume()

    async def put(name: str, named: str) -> None:
        said = json.dumps({"model": "m", "connection": "script", "content_filter": named}).encode()
        await running.control.change(Kind.DEPLOYMENT, name, lambda _: said, actor="test", precondition=Precondition())

    await put("kept", "strict")
    assert await status(running, "kept", "walrus2") == 400
    await put("kept", "off")
    assert await status(running, "kept", "walrus2") == 200
    with pytest.raises(InvalidResource) as caught:
        await put("kept", "strickt")
    assert 'did you mean "strict"?' in str(caught.value.message)
    await running.close()


async def test_what_is_stopped_is_in_the_figures(tmp_path: Path) -> None:
    running = made(tmp_path)
    await status(running, "newer", "thunder6")
    figures = running.services.metering.figures().decode()
    assert 'zaffre_filtered_total{category="violence",deployment="newer",side="prompt"} 1.0' in figures
    await running.close()


async def test_applications_that_name_no_classifier_start(tmp_path: Path) -> None:
    running = application(tmp_path, CONFIG)
    assert await status(running, "open", "Hi") == 200
    await running.close()
