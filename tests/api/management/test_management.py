"""Deployments, keys and usages as those manage them who speak Azure Resource Manager's language."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.configured import asked, chat, resumed
from zaffre.app import Application
from zaffre.core.resources import Kind
from zaffre.net.http import Request, Response

A = "/subscriptions/S/resourceGroups/G/providers/Microsoft.CognitiveServices/accounts/acc"
MANAGER = "the-key-of-those-who-manage"
CALLER = "the-key-of-those-who-call"
FILE = f"""\
keys: [{CALLER}]
management_keys: [{MANAGER}]
connections:
  script: {{provider: scripted, rules: rules.yaml, models: [gpt-4o]}}
  other: {{provider: scripted, rules: rules.yaml, models: [two]}}
  third: {{provider: scripted, rules: rules.yaml, models: [two]}}
deployments:
  demo: {{model: scripted-chat, connection: script}}
policies:
  - {{name: no-previews, versions: ["*preview*"]}}
"""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Application]:
    async with resumed(tmp_path, FILE) as served:
        yield served


async def send(
    served: Application, method: str, path: str, body: object = None, key: str = MANAGER, **headers: str
) -> Response:
    sent = {b"authorization": f"Bearer {key}".encode(), b"content-type": b"application/json", b"host": b"here"}
    sent |= {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    content = b"" if body is None else json.dumps(body).encode()
    path, _, query = path.partition("?")
    return await served.handle(Request(method, path, query, sent, content))


async def told(served: Application, method: str, path: str, body: object = None, **more: str) -> tuple[int, Any]:
    response = await send(served, method, path, body, **more)
    assert isinstance(response.body, bytes)
    return response.status, json.loads(response.body or b"null")


def said(model: str = "gpt-4o", **properties: Any) -> dict[str, Any]:
    """What the published SDK sends."""
    wanted = {"model": {"format": "OpenAI", "name": model, "version": "2024-11-20"}, **properties}
    return {"sku": {"name": "GlobalStandard", "capacity": 10}, "properties": wanted}


async def test_a_put_makes_a_deployment_that_answers(served: Application) -> None:
    status, made = await told(served, "PUT", f"{A}/deployments/My-GPT", said())
    assert status == 201
    assert (made["name"], made["id"], made["etag"]) == ("My-GPT", f"{A}/deployments/My-GPT", '"1"')
    assert made["type"] == "Microsoft.CognitiveServices/accounts/deployments"
    assert made["sku"] == {"name": "GlobalStandard", "capacity": 10}
    properties = made["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert properties["model"]["source"] == "script"
    assert properties["capabilities"] == {"chatCompletion": "true"}
    assert properties["rateLimits"] == [
        {"key": "request", "renewalPeriod": 10, "count": 10},
        {"key": "token", "renewalPeriod": 60, "count": 10_000},
    ]
    request = asked("/models/chat/completions", chat("Hi", "my-gpt"))
    request.headers[b"api-key"] = CALLER.encode()
    assert (await served.handle(request)).status == 200
    status, found = await told(served, "GET", f"{A.lower()}/deployments/my-gpt")
    assert (status, found["properties"]) == (200, properties)


async def test_a_second_put_changes_it_and_keeps_what_the_shape_has_no_word_for(served: Application) -> None:
    body = {"model": "gpt-4o", "connection": "script", "rpm": 30, "sku": "Standard", "capacity": 1}
    encoded = json.dumps(body).encode()
    await served.control.change(Kind.DEPLOYMENT, "d", lambda _: encoded, actor="cli")
    status, changed = await told(served, "PUT", f"{A}/deployments/d", said())
    assert (status, changed["sku"]["capacity"]) == (200, 10)
    kept = served.control.state.get(Kind.DEPLOYMENT, "d")
    assert kept is not None
    assert json.loads(kept.body)["rpm"] == 30


async def test_a_patch_changes_sku_and_tags_alone(served: Application) -> None:
    await send(served, "PUT", f"{A}/deployments/d", said())
    changes = {"sku": {"name": "Standard", "capacity": 3}, "tags": {"team": "a"}}
    status, changed = await told(served, "PATCH", f"{A}/deployments/d", changes)
    assert (status, changed["sku"], changed["tags"]) == (200, {"name": "Standard", "capacity": 3}, {"team": "a"})
    assert changed["properties"]["model"]["version"] == "2024-11-20"
    _, refused = await told(served, "PATCH", f"{A}/deployments/nobody", {"tags": {}})
    assert refused["error"]["code"] == "ResourceNotFound"


async def test_what_is_deleted_is_gone_and_deleting_it_again_changes_nothing(served: Application) -> None:
    await send(served, "PUT", f"{A}/deployments/d", said())
    statuses = [(await send(served, "DELETE", f"{A}/deployments/d")).status for _ in range(2)]
    assert statuses == [200, 204]
    assert (await told(served, "GET", f"{A}/deployments/d"))[0] == 404


async def test_the_list_has_the_files_deployments_and_the_stored_ones(served: Application) -> None:
    await send(served, "PUT", f"{A}/deployments/d", said())
    _, listed = await told(served, "GET", f"{A}/deployments")
    assert [(each["name"], each.get("etag")) for each in listed["value"]] == [("demo", None), ("d", '"1"')]


async def test_what_the_file_declares_is_refused_with_its_line(served: Application, tmp_path: Path) -> None:
    for method in ("PUT", "DELETE"):
        status, refused = await told(served, method, f"{A}/deployments/Demo", said() if method == "PUT" else None)
        assert (status, refused["error"]["code"]) == (409, "DeclaredInFile")
        assert f"{tmp_path / 'zaffre.yaml'}:8" in refused["error"]["message"]


@pytest.mark.parametrize("key", [CALLER, "nobody's", ""])
async def test_a_key_that_opens_models_manages_nothing(served: Application, key: str) -> None:
    for method, path in (("GET", "/deployments"), ("POST", "/listKeys"), ("PUT", "/deployments/d")):
        status, refused = await told(served, method, f"{A}{path}", said(), key=key)
        assert (status, refused["error"]["code"]) == (401, "Unauthorized")


async def test_a_management_key_opens_no_model(served: Application) -> None:
    status, _ = await told(served, "POST", "/models/chat/completions", chat("Hi", "demo"), key=MANAGER)
    assert status == 401


async def test_who_has_read_an_older_version_changes_nothing(served: Application) -> None:
    path = f"{A}/deployments/d"
    assert (await send(served, "PUT", path, said(), if_match="*")).status == 412
    _, made = await told(served, "PUT", path, said(), if_none_match="*")
    assert (await send(served, "PUT", path, said(), if_none_match="*")).status == 412
    assert (await send(served, "PUT", path, said(), if_match=made["etag"])).status == 200
    for method in ("PUT", "PATCH", "DELETE"):
        response = await send(served, method, path, said(), if_match=made["etag"])
        assert response.status == 412


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (said("two"), "InvalidResourceProperties", "several connections offer two: name one of other, third"),
        (said("gpt-9"), "InvalidResourceProperties", "no connection offers gpt-9: name one of script, other, third"),
        ({**said(), "sku": {"name": "GlobalBatch", "capacity": 1}}, "InvalidResourceProperties", "sku.name: expected"),
        (said(raiPolicyName="none-such"), "InvalidResourceProperties", "properties.raiPolicyName"),
        (said(spilloverDeploymentName="demo"), "InvalidResourceProperties", "properties.spilloverDeploymentName"),
        (said(dynamicThrottlingEnabled=True), "InvalidResourceProperties", "properties.dynamicThrottlingEnabled"),
        (said(versionUpgradeOption="Never"), "InvalidResourceProperties", "properties.versionUpgradeOption"),
        ({"properties": {"model": {"name": 3}}}, "InvalidRequestContent", "$.properties.model.name"),
        ({}, "InvalidRequestContent", "properties"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(served: Application, body: Any, code: str, message: str) -> None:
    status, refused = await told(served, "PUT", f"{A}/deployments/d", body)
    assert (status, refused["error"]["code"]) == (400, code)
    assert message in refused["error"]["message"]
    assert refused["error"].keys() >= {"code", "message", "details", "additionalInfo"}


async def test_what_a_policy_denies_says_which_one(served: Application) -> None:
    body = said()
    body["properties"]["model"]["version"] = "1-preview"
    status, refused = await told(served, "PUT", f"{A}/deployments/d", body)
    error = refused["error"]
    assert (status, error["code"]) == (403, "RequestDisallowedByPolicy")
    assert error["additionalInfo"][0]["info"]["policyDefinitionDisplayName"] == "no-previews"


async def test_the_servers_keys_are_told_and_those_of_the_file_not_made_anew(served: Application) -> None:
    assert await told(served, "POST", f"{A}/listKeys") == (200, {"key1": CALLER, "key2": ""})
    status, refused = await told(served, "POST", f"{A}/regenerateKey", {"keyName": "Key1"})
    assert (status, refused["error"]["code"]) == (409, "DeclaredInFile")


async def test_models_say_which_connection_has_them(served: Application) -> None:
    _, found = await told(served, "GET", f"{A}/models")
    assert {(each["name"], each["source"]) for each in found["value"]} >= {("gpt-4o", "script"), ("two", "other")}
    location = "/subscriptions/S/providers/Microsoft.CognitiveServices/locations/here"
    _, wrapped = await told(served, "GET", f"{location}/models")
    assert [each["model"] for each in wrapped["value"]] == found["value"]


async def test_usages_tell_capacity_and_what_calls_took(served: Application) -> None:
    await send(served, "PUT", f"{A}/deployments/d", said())
    await told(served, "POST", "/models/chat/completions", chat("Hi", "d"), key=CALLER)
    _, held = await told(served, "GET", f"{A}/usages")
    assert [(each["name"]["value"], each["currentValue"]) for each in held["value"]] == [
        ("OpenAI.GlobalStandard.gpt-4o", 10)
    ]
    _, taken = await told(served, "GET", f"{A}/usages?by=deployment,key")
    assert [(each["deployment"], each["key"], each["calls"]) for each in taken["value"]] == [("d", "key-1", 1)]
    assert (
        taken["value"][0]["currentValue"] == taken["value"][0]["promptTokens"] + taken["value"][0]["completionTokens"]
    )
    assert (await told(served, "GET", f"{A}/usages?by=colour"))[0] == 400


async def test_the_account_is_this_server_whatever_it_is_called(served: Application) -> None:
    _, account = await told(served, "GET", A)
    assert (account["id"], account["name"], account["properties"]["endpoint"]) == (A, "acc", "http://here/")
    for path in ("/subscriptions/S", "/subscriptions/S/resourceGroups/G"):
        _, found = await told(served, "GET", f"{path}/providers/Microsoft.CognitiveServices/accounts")
        assert len(found["value"]) == 1
    status, refused = await told(served, "GET", f"{A}/nothing")
    assert (status, set(refused)) == (404, {"error"})


FILTER: dict[str, Any] = {
    "properties": {
        "mode": "Asynchronous_filter",
        "basePolicyName": "Microsoft.Default",
        "contentFilters": [
            {"name": "hate", "source": "Prompt", "enabled": True, "blocking": True, "severityThreshold": "Low"},
            {"name": "Hate", "source": "Completion", "enabled": True, "blocking": False, "severityThreshold": "High"},
            {"name": "Selfharm", "source": "Completion", "enabled": False, "blocking": False},
            {"name": "Indirect Attack", "source": "Prompt", "enabled": True, "blocking": True},
        ],
    }
}


async def test_a_content_filter_lives(served: Application) -> None:
    path = f"{A}/raiPolicies/strict"
    status, made = await told(served, "PUT", path, FILTER)
    assert (status, made["name"], made["etag"]) == (201, "strict", '"1"')
    properties = made["properties"]
    assert (properties["type"], properties["mode"]) == ("UserManaged", "Asynchronous_filter")
    found = {(each["name"], each["source"]): each for each in properties["contentFilters"]}
    assert found["Hate", "Prompt"] == FILTER["properties"]["contentFilters"][0] | {"name": "Hate"}
    assert (found["Hate", "Completion"]["blocking"], found["Hate", "Completion"]["severityThreshold"]) == (
        False,
        "High",
    )
    assert (found["Selfharm", "Completion"]["enabled"], found["Selfharm", "Prompt"]["enabled"]) == (False, True)
    assert found["Indirect Attack", "Prompt"]["blocking"]
    assert (await told(served, "PUT", path, {"properties": properties}))[1]["properties"] == properties
    assert (await told(served, "PUT", f"{A}/deployments/d", said(raiPolicyName="strict")))[0] == 201
    assert (await told(served, "DELETE", path))[1]["error"]["code"] == "Conflict"
    await send(served, "DELETE", f"{A}/deployments/d")
    assert (await send(served, "DELETE", path)).status == 204
    assert (await told(served, "GET", path))[0] == 404


async def test_the_tags_of_a_content_filter_are_kept_until_it_is_put_without(served: Application) -> None:
    path, tags = f"{A}/raiPolicies/sorted", {"team": "press"}
    assert (await told(served, "PUT", path, {**FILTER, "tags": tags}))[1]["tags"] == tags
    assert (await told(served, "GET", path))[1]["tags"] == tags
    assert "tags" not in (await told(served, "PUT", path, FILTER))[1]


async def test_the_two_filters_that_are_always_there_are_told_and_not_changed(served: Application) -> None:
    _, listed = await told(served, "GET", f"{A}/raiPolicies")
    names = [(each["name"], each["properties"]["type"]) for each in listed["value"]]
    assert names == [("Microsoft.Default", "SystemManaged"), ("Microsoft.DefaultV2", "SystemManaged")]
    status, refused = await told(served, "PUT", f"{A}/raiPolicies/Microsoft.DefaultV2", FILTER)
    assert (status, refused["error"]["code"]) == (400, "InvalidResourceProperties")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "Later"}, "properties.mode"),
        ({"basePolicyName": "Mine"}, "base"),
        ({"contentFilters": [{"name": "Rudeness"}]}, "'Rudeness' is none of Hate"),
        ({"contentFilters": [{"name": "Hate", "severityThreshold": "Huge"}]}, "severityThreshold"),
        ({"customBlocklists": [{"blocklistName": "none-such"}]}, "blocklists[0]"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(served: Application, change: Any, message: str) -> None:
    status, refused = await told(served, "PUT", f"{A}/raiPolicies/f", {"properties": change})
    assert (status, refused["error"]["code"]) == (400, "InvalidResourceProperties")
    assert message in refused["error"]["message"]


async def test_every_change_leaves_a_row_that_says_who(served: Application) -> None:
    await send(served, "PUT", f"{A}/deployments/d", said())
    await send(served, "DELETE", f"{A}/deployments/d")
    rows = await served.services.resources.audit(Kind.DEPLOYMENT, "d")
    assert [(row.actor, row.action) for row in rows] == [
        ("management-key-1", "delete"),
        ("management-key-1", "create"),
    ]


async def test_a_hundred_who_create_delete_and_call_at_once_lose_nothing(served: Application) -> None:
    async def create(number: int) -> int:
        return (await send(served, "PUT", f"{A}/deployments/d{number % 10}", said(raiPolicyName=None))).status

    async def delete(number: int) -> int:
        return (await send(served, "DELETE", f"{A}/deployments/d{number % 10}")).status

    async def call(number: int) -> int:
        path = "/models/chat/completions"
        return (await send(served, "POST", path, chat("Hi", f"d{number % 10}"), key=CALLER)).status

    steps = (create, call, delete, call, create)
    statuses = await asyncio.gather(*(step(number) for number in range(20) for step in steps))
    assert set(statuses) <= {200, 201, 204, 404, 429}
    _, listed = await told(served, "GET", f"{A}/deployments")
    assert {each["name"] for each in listed["value"]} == {"demo", *(f"d{number}" for number in range(10))}
