"""A project's one connection through the door: this server itself."""

import pytest

from tests.api.canned import KEY, Caller, Canned, deployment, json_of

PATH = "/api/projects/p/connections"
WRITTEN = {
    "name": "zaffre",
    "id": "/api/projects/p/connections/zaffre",
    "type": "AzureOpenAI",
    "target": "http://localhost/",
    "isDefault": True,
    "credentials": {"type": "ApiKey"},
    "metadata": {},
}


@pytest.fixture
def caller() -> Caller:
    return Caller(deployment("demo", Canned()))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("connectionType=AzureOpenAI&defaultConnection=true", 1),
        ("connectionType=azureopenai", 1),
        ("connectionType=AppInsights", 0),
        ("defaultConnection=false", 0),
    ],
)
async def test_connections_are_filtered_by_type_and_default(caller: Caller, query: str, count: int) -> None:
    listed = json_of(await caller.get(f"{PATH}?api-version=v1&{query}"))
    assert listed == {"value": [WRITTEN] * count}


async def test_a_connection_has_no_key_unless_it_is_asked_for(caller: Caller) -> None:
    assert json_of(await caller.get(f"{PATH}/zaffre?api-version=v1")) == WRITTEN
    answer = json_of(await caller.post(f"{PATH}/zaffre/getConnectionWithCredentials?api-version=v1", None))
    assert answer == {**WRITTEN, "credentials": {"type": "ApiKey", "key": KEY}}


async def test_a_token_that_is_a_key_comes_back_as_the_key(caller: Caller) -> None:
    path = f"{PATH}/zaffre/getConnectionWithCredentials"
    answer = json_of(await caller.send("POST", path, api_key="", authorization=f"Bearer {KEY}"))
    assert answer["credentials"] == {"type": "ApiKey", "key": KEY}


async def test_where_no_key_is_wanted_the_callers_token_will_do() -> None:
    caller = Caller(deployment("demo", Canned()), keys=())
    path = f"{PATH}/zaffre/getConnectionWithCredentials"
    assert json_of(await caller.send("POST", path, api_key=""))["credentials"] == {"type": "AAD"}
    assert json_of(await caller.get(f"{PATH}/zaffre"))["credentials"] == {"type": "AAD"}


async def test_words_in_a_connections_address_are_taken_in_any_letter_case(caller: Caller) -> None:
    answer = json_of(await caller.get("/API/Projects/p/Connections/ZAFFRE"))
    assert answer == {**WRITTEN, "id": "/API/Projects/p/connections/zaffre"}


async def test_another_connection_is_not_found(caller: Caller) -> None:
    for response in (
        await caller.get(f"{PATH}/other"),
        await caller.post(f"{PATH}/other/getConnectionWithCredentials", None),
    ):
        assert response.status == 404
        assert json_of(response)["error"]["message"] == "Connection other can't be found in this project."


async def test_a_wrong_key_sees_no_connection(caller: Caller) -> None:
    for path in (PATH, f"{PATH}/zaffre", f"{PATH}/other"):
        assert (await caller.get(path, api_key="wrong")).status == 401
    path = f"{PATH}/zaffre/getConnectionWithCredentials"
    assert (await caller.send("POST", path, api_key="wrong")).status == 401
