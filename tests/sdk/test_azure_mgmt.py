"""azure-mgmt-cognitiveservices, unchanged, manages a running server over its development certificate."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient

from tests.sdk.server import KEY, Server, running

MANAGER = "the-key-of-those-who-manage"
CONFIG = f"""\
keys: [env:ZAFFRE_KEY]
management_keys: [{MANAGER}]
connections:
  script: {{provider: scripted, rules: rules.yaml, models: [gpt-4o]}}
deployments:
  demo: {{model: scripted-chat, connection: script}}
"""
GROUP, ACCOUNT = "group", "account"
PAGE = (Path(__file__).parents[2] / "docs" / "management.md").read_text()


class Static:
    """A credential whose token is a key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._key, 2**31)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("managed")
    (folder / "rules.yaml").write_text("rules: [{reply: {text: Hello}}]")
    (folder / "zaffre.yaml").write_text(CONFIG)
    with running(folder, folder / "zaffre.yaml") as found:
        yield found


def client_of(server: Server, key: str = MANAGER) -> CognitiveServicesManagementClient:
    verified: Any = {"connection_verify": str(server.authority), "retry_total": 0, "polling_interval": 0}
    return CognitiveServicesManagementClient(Static(key), "subscription", base_url=server.https, **verified)


@pytest.fixture
def client(server: Server) -> Iterator[CognitiveServicesManagementClient]:
    with client_of(server) as found:
        yield found


def wanted(capacity: int = 10) -> Any:
    model = {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"}
    return {"sku": {"name": "GlobalStandard", "capacity": capacity}, "properties": {"model": model}}


def test_a_deployment_lives(client: CognitiveServicesManagementClient) -> None:
    made = client.deployments.begin_create_or_update(GROUP, ACCOUNT, "my-gpt", wanted()).result()
    assert (made.name, made.properties.provisioning_state, made.sku.capacity) == ("my-gpt", "Succeeded", 10)
    assert [(limit.key, limit.count) for limit in made.properties.rate_limits] == [("request", 10), ("token", 10_000)]
    found = client.deployments.get(GROUP, ACCOUNT, "MY-GPT")
    assert (found.etag, found.properties.model.source) == (made.etag, "script")
    changes: Any = {"sku": {"name": "GlobalStandard", "capacity": 20}, "tags": {"team": "a"}}
    changed = client.deployments.begin_update(GROUP, ACCOUNT, "my-gpt", changes).result()
    assert (changed.sku.capacity, changed.tags) == (20, {"team": "a"})
    assert [each.name for each in client.deployments.list(GROUP, ACCOUNT)] == ["demo", "my-gpt"]
    client.deployments.begin_delete(GROUP, ACCOUNT, "my-gpt").result()
    with pytest.raises(ResourceNotFoundError):
        client.deployments.get(GROUP, ACCOUNT, "my-gpt")
    client.deployments.begin_delete(GROUP, ACCOUNT, "my-gpt").result()


def test_keys_models_usages_and_the_account_are_told(client: CognitiveServicesManagementClient) -> None:
    assert client.accounts.list_keys(GROUP, ACCOUNT).key1 == KEY
    assert {"gpt-4o", "scripted-chat"} <= {each.name for each in client.accounts.list_models(GROUP, ACCOUNT)}
    assert client.accounts.get(GROUP, ACCOUNT).properties.endpoint.startswith("https://127.0.0.1")
    assert [each.kind for each in client.accounts.list()] == ["AIServices"]
    client.deployments.begin_create_or_update(GROUP, ACCOUNT, "held", wanted(7)).result()
    held = {each.name.value: each.current_value for each in client.usages.list("here")}
    assert held["OpenAI.GlobalStandard.gpt-4o"] == 7
    client.deployments.begin_delete(GROUP, ACCOUNT, "held").result()


def test_a_content_filter_lives(client: CognitiveServicesManagementClient) -> None:
    hate = {"name": "Hate", "source": "Prompt", "enabled": True, "blocking": True, "severityThreshold": "Low"}
    policy: Any = {"properties": {"basePolicyName": "Microsoft.DefaultV2", "contentFilters": [hate]}}
    made = client.rai_policies.create_or_update(GROUP, ACCOUNT, "strict", policy)
    assert (made.name, made.properties.type, made.properties.mode) == ("strict", "UserManaged", "Default")
    assert [each.name for each in client.rai_policies.list(GROUP, ACCOUNT)][-1] == "strict"
    filtered = wanted()
    filtered["properties"]["raiPolicyName"] = "strict"
    deployed = client.deployments.begin_create_or_update(GROUP, ACCOUNT, "filtered", filtered).result()
    assert deployed.properties.rai_policy_name == "strict"
    client.deployments.begin_delete(GROUP, ACCOUNT, "filtered").result()
    client.rai_policies.begin_delete(GROUP, ACCOUNT, "strict").result()


def test_a_blocklist_lives(client: CognitiveServicesManagementClient) -> None:
    lists, items = client.rai_blocklists, client.rai_blocklist_items
    made = lists.create_or_update(GROUP, ACCOUNT, "words", {"properties": {"description": "why"}})
    assert (made.name, made.properties.description) == ("words", "why")
    one: Any = {"properties": {"pattern": "a+b", "isRegex": True}}
    assert items.create_or_update(GROUP, ACCOUNT, "words", "one", one).properties.is_regex
    more: Any = [{"name": "two", "properties": {"pattern": "plain", "isRegex": False}}]
    assert items.batch_add(GROUP, ACCOUNT, "words", more).name == "words"
    assert [each.name for each in items.list(GROUP, ACCOUNT, "words")] == ["one", "two"]
    names: Any = ["two"]
    items.batch_delete(GROUP, ACCOUNT, "words", names)
    items.begin_delete(GROUP, ACCOUNT, "words", "one").result()
    assert list(items.list(GROUP, ACCOUNT, "words")) == []
    assert [each.name for each in lists.list(GROUP, ACCOUNT)] == ["words"]
    lists.begin_delete(GROUP, ACCOUNT, "words").result()
    with pytest.raises(ResourceNotFoundError):
        lists.get(GROUP, ACCOUNT, "words")


def test_what_filters_can_look_for_is_told(client: CognitiveServicesManagementClient) -> None:
    assert "Profanity" in {each.properties.name for each in client.rai_content_filters.list("here")}
    assert client.rai_content_filters.get("here", "Jailbreak").properties.source == "Prompt"


def test_what_is_refused_says_why(client: CognitiveServicesManagementClient) -> None:
    with pytest.raises(ResourceExistsError, match=r"zaffre\.yaml:6"):
        client.deployments.begin_create_or_update(GROUP, ACCOUNT, "demo", wanted()).result()
    unknown = wanted()
    unknown["properties"]["model"]["name"] = "gpt-9"
    with pytest.raises(HttpResponseError, match="no connection offers gpt-9") as refused:
        client.deployments.begin_create_or_update(GROUP, ACCOUNT, "d", unknown).result()
    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidResourceProperties"
    with pytest.raises(ResourceExistsError, match="DeclaredInFile"):
        client.accounts.regenerate_key(GROUP, ACCOUNT, "Key1")


def test_who_has_read_an_older_version_changes_nothing(client: CognitiveServicesManagementClient) -> None:
    first = client.deployments.begin_create_or_update(GROUP, ACCOUNT, "d", wanted()).result()
    client.deployments.begin_create_or_update(GROUP, ACCOUNT, "d", wanted(20)).result()
    headers = {"If-Match": first.etag}
    with pytest.raises(HttpResponseError) as refused:
        client.deployments.begin_create_or_update(GROUP, ACCOUNT, "d", wanted(30), headers=headers).result()
    assert refused.value.status_code == 412
    client.deployments.begin_delete(GROUP, ACCOUNT, "d").result()


def test_a_key_that_opens_models_manages_nothing(server: Server) -> None:
    with client_of(server, KEY) as caller, pytest.raises(ClientAuthenticationError):
        caller.accounts.list_keys(GROUP, ACCOUNT)


def test_the_pages_program_runs_as_it_is_printed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.authority))
    names: dict[str, Any] = {"MANAGEMENT_KEY": MANAGER, "ENDPOINT": server.https}
    exec(program, names)
    assert names["made"].name == "my-gpt"
    names["client"].deployments.begin_delete(GROUP, ACCOUNT, "my-gpt").result()
