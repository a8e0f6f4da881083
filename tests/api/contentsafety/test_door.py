"""Who may come in, at which addresses, with which versions."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.contentsafety.conftest import CONFIG, VERSION, Caller, refusal
from tests.app.configured import loaded
from zaffre.app import Application
from zaffre.net.client import Client
from zaffre.services.control.keys import create_key

ANALYZE = "/contentsafety/text:analyze"
LIST = "/contentsafety/text/blocklists/mine"
BODY = {"text": "a text"}


@pytest.mark.parametrize("header", ["api_key", "ocp_apim_subscription_key", "authorization"])
async def test_a_key_opens_in_every_header_that_clients_know(application: Application, header: str) -> None:
    secret = "the-servers-own-key"
    said: dict[str, Any] = {header: f"Bearer {secret}" if header == "authorization" else secret}
    assert (await Caller(application, None).ask("POST", ANALYZE, BODY, **said)).status == 200


async def test_nobody_comes_in_without_one(application: Application) -> None:
    for key in (None, "another-key"):
        assert refusal(await Caller(application, key).ask("POST", ANALYZE, BODY)) == (401, "401")


async def test_a_named_key_opens_the_surfaces_of_its_scope(application: Application) -> None:
    for surfaces, status in ((["content-safety"], 200), (["openai", "inference"], 401), ("all", 200)):
        key = await create_key(application.control, f"named-{surfaces[0]}", {"surfaces": surfaces}, actor="test")
        assert (await Caller(application, key).ask("POST", ANALYZE, BODY)).status == status


async def test_who_may_not_use_every_deployment_changes_no_list(application: Application, caller: Caller) -> None:
    await caller.ask("PATCH", LIST, {})
    scoped = Caller(application, await create_key(application.control, "team", {"deployments": ["demo"]}, actor="test"))
    for method, path, body in (
        ("PATCH", LIST, {}),
        ("DELETE", LIST, None),
        ("POST", f"{LIST}:addOrUpdateBlocklistItems", {"blocklistItems": [{"text": "a"}]}),
        ("POST", f"{LIST}:removeBlocklistItems", {"blocklistItemIds": ["a"]}),
    ):
        assert refusal(await scoped.ask(method, path, body)) == (401, "PermissionDenied")
    assert (await scoped.ask("GET", LIST)).status == 200


async def test_a_keys_own_limit_counts_here_too(application: Application) -> None:
    caller = Caller(application, await create_key(application.control, "one", {"rpm": 1}, actor="test"))
    assert (await caller.ask("POST", ANALYZE, BODY)).status == 200
    response = await caller.ask("POST", ANALYZE, BODY)
    assert refusal(response) == (429, "TooManyRequests")
    assert b"retry-after" in dict(response.headers)


@pytest.mark.parametrize("version", ["2023-10-01", "2024-09-01", "2024-09-15-preview", "2031-01-01"])
async def test_any_dated_version_is_taken(caller: Caller, version: str) -> None:
    assert (await caller.ask("POST", ANALYZE, BODY, query=f"api-version={version}")).status == 200


@pytest.mark.parametrize("query", ["", "api-version=", "api-version=latest", "version=2024-09-01"])
async def test_without_a_version_there_is_nothing_here(caller: Caller, query: str) -> None:
    assert refusal(await caller.ask("POST", ANALYZE, BODY, query=query)) == (404, "404")


async def test_a_strict_server_takes_published_versions_alone(tmp_path: Path) -> None:
    file = loaded(tmp_path, CONFIG + "server: {api_versions: strict}\n")
    application = Application(file.config, tmp_path / "data", Client())
    caller = Caller(application)
    statuses = [
        (await caller.ask("GET", "/contentsafety/text/blocklists", query=f"api-version={version}")).status
        for version in ("2024-09-01", "2031-01-01")
    ]
    await application.close()
    assert statuses == [200, 404]


@pytest.mark.parametrize(
    "path", ["/contentsafety", "/contentsafety/image:analyze", "/contentsafety/text:detect", f"{LIST}:do"]
)
async def test_other_addresses_are_not_there(caller: Caller, path: str) -> None:
    assert (await caller.ask("POST", path, BODY)).status == 404


async def test_words_in_addresses_are_taken_in_any_letter_case(caller: Caller) -> None:
    assert (await caller.ask("POST", "/ContentSafety/Text:Analyze", BODY)).status == 200
    assert (await caller.ask("POST", "/contentsafety/text%3Aanalyze", BODY)).status == 200


async def test_another_method_is_told_which_there_are(caller: Caller) -> None:
    response = await caller.ask("GET", ANALYZE)
    assert (response.status, dict(response.headers)[b"allow"]) == (405, b"POST")


async def test_without_a_classifier_nothing_is_called_safe(tmp_path: Path) -> None:
    file = loaded(tmp_path, CONFIG)
    application = Application(file.config, tmp_path / "data", Client())
    caller = Caller(application)
    try:
        for path, body in ((ANALYZE, BODY), ("/contentsafety/text:shieldPrompt", {"userPrompt": "a"})):
            assert (await caller.ask("POST", path, body)).status == 404
        assert (await caller.ask("POST", "/openai/v1/moderations", {"input": "a"}, query="")).status == 404
    finally:
        await application.close()


async def test_a_callers_own_id_comes_back(caller: Caller) -> None:
    response = await caller.ask("POST", ANALYZE, BODY, query=VERSION, x_ms_client_request_id="abc")
    assert dict(response.headers)[b"x-ms-client-request-id"] == b"abc"
