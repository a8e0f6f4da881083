"""Keys with names, scopes and limits, and the server's own two, made anew while it answers."""

import json
import stat
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.app.configured import application, chat, loaded, resumed
from zaffre.app import Application
from zaffre.config.data import KeyFile, first_start_keys
from zaffre.core.errors import DeclaredInFile, InvalidResource, PreconditionFailed, ResourceConflict
from zaffre.core.resources import Kind
from zaffre.net.client import Client
from zaffre.net.http import Request, Response
from zaffre.services.control.keys import create_key, renew_key

FILE = """\
keys: [the-servers-own-key]
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo: {model: scripted-chat, connection: script}
  other: {model: scripted-chat, connection: script, rpm: 600}
"""
OWN = "the-servers-own-key"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Application]:
    async with resumed(tmp_path, FILE, now=lambda: 1000.0) as served:
        yield served


async def call(served: Application, key: str, model: str = "demo", path: str = "/models/chat/completions") -> Response:
    headers = {b"content-type": b"application/json", b"api-key": key.encode()}
    return await served.handle(Request("POST", path, "", headers, json.dumps(chat("Hi", model)).encode()))


async def made(served: Application, name: str = "team", **scopes: Any) -> str:
    return await create_key(served.control, name, scopes, actor="test")


def everything(folder: Path) -> bytes:
    """All that the files of a folder hold."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_named_key_opens_at_once_and_nothing_when_it_is_revoked(served: Application) -> None:
    key = await made(served)
    assert (await call(served, key)).status == 200
    await served.control.delete(Kind.KEY, "TEAM", actor="test")
    assert (await call(served, key)).status == 401
    assert (await call(served, OWN)).status == 200


async def test_only_a_digest_of_it_is_kept(served: Application, tmp_path: Path) -> None:
    key = await made(served)
    found = served.control.state.get(Kind.KEY, "team")
    assert found is not None
    assert json.loads(found.body) == {"digest": sha256(key.encode()).hexdigest(), "hint": key[-4:]}
    await served.services.close()
    assert key.encode() not in everything(tmp_path)


async def test_a_key_opens_the_deployments_it_names(served: Application) -> None:
    key = await made(served, deployments=["Other"])
    assert (await call(served, key, "other")).status == 200
    assert (await call(served, key, "demo")).status == 404


async def test_a_key_opens_the_surfaces_it_names(served: Application) -> None:
    key = await made(served, surfaces=["openai"])
    assert (await call(served, key, path="/openai/v1/chat/completions")).status == 200
    refused = await call(served, key)
    assert refused.status == 401
    assert isinstance(refused.body, bytes)
    assert b"does not have access" in refused.body


@pytest.mark.parametrize(("expires", "status"), [("2001-01-01", 401), ("2999-01-01T00:00:00+02:00", 200)])
async def test_a_key_ends_when_it_expires(served: Application, expires: str, status: int) -> None:
    key = await made(served, expires=expires)
    assert (await call(served, key)).status == status


async def test_a_key_has_a_limit_of_its_own_over_all_deployments(served: Application) -> None:
    key = await made(served, rpm=12)
    statuses = [(await call(served, key, model)).status for model in ("demo", "other", "demo", "other")]
    assert statuses == [200, 200, 429, 429]
    figures = (await served.handle(Request("GET", "/metrics", "", {}, local=True))).body
    assert isinstance(figures, bytes)
    assert b'zaffre_rate_limited_total{name="key:team",of="requests"} 2.0' in figures
    assert b"redis" not in figures
    assert (await call(served, OWN)).status == 200


async def test_who_exceeds_its_own_limit_takes_nothing_of_the_deployments(served: Application) -> None:
    key = await made(served, rpm=6)
    for _ in range(5):
        await call(served, key, "other")
    left = dict((await call(served, OWN, "other")).fields)[b"x-ratelimit-remaining-requests"]
    assert left == b"98"


async def test_the_limit_shown_is_the_keys_where_the_deployment_has_none(served: Application) -> None:
    key = await made(served, rpm=12)
    headers = dict((await call(served, key)).fields)
    assert (headers[b"x-ratelimit-limit-requests"], headers[b"x-ratelimit-remaining-requests"]) == (b"2", b"1")


async def test_tokens_are_settled_by_what_was_used(served: Application) -> None:
    key = await made(served, tpm=100)
    # Each is let in for an estimate of more than it takes: without settling, the fourth would find no room.
    for _ in range(8):
        response = await call(served, key)
        assert response.status == 200
    left = int(dict(response.fields)[b"x-ratelimit-remaining-tokens"])
    assert 0 < left < 100


async def test_a_renewed_key_takes_the_place_of_the_old_one(served: Application) -> None:
    old = await made(served, deployments=["demo"])
    new = await renew_key(served.control, "team", actor="test")
    assert [(await call(served, key)).status for key in (old, new)] == [401, 200]
    assert (await call(served, new, "other")).status == 404
    with pytest.raises(PreconditionFailed):
        await renew_key(served.control, "nobody", actor="test")


async def test_a_name_is_given_once(served: Application) -> None:
    await made(served)
    with pytest.raises(PreconditionFailed):
        await made(served)


@pytest.mark.parametrize(
    ("name", "scopes", "message"),
    [
        ("key-1", {}, "name: expected a name that is not the server's own"),
        ("team", {"surfaces": ["ftp"]}, "surfaces"),
        ("team", {"expires": "soon"}, "expires: expected a date or a time such as 2027-01-31"),
        ("team", {"rpm": 0}, "rpm"),
    ],
)
async def test_a_key_that_means_nothing_is_refused(
    served: Application, name: str, scopes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidResource, match=message):
        await made(served, name, **scopes)


async def test_the_files_keys_are_shown_and_changed_in_the_file(served: Application) -> None:
    assert served.server_keys.pair() == (OWN, "")
    with pytest.raises(DeclaredInFile, match=r"zaffre\.yaml:1"):
        await served.server_keys.regenerate(1, actor="test")


async def test_a_server_without_keys_has_none_to_make_anew(tmp_path: Path) -> None:
    served = application(tmp_path, FILE.removeprefix("keys: [the-servers-own-key]\n"))
    assert served.server_keys.pair() == ("", "")
    with pytest.raises(ResourceConflict, match="has no keys"):
        await served.server_keys.regenerate(1, actor="test")
    await served.close()


async def test_a_key_of_the_data_folder_is_made_anew_and_the_other_one_stays(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first_start_keys(data)
    file = loaded(tmp_path, FILE.removeprefix("keys: [the-servers-own-key]\n"))
    one, two = (Application(file.config, data, Client(), key_file=KeyFile(data)) for _ in range(2))
    try:
        old, other = one.server_keys.pair()
        assert await one.server_keys.regenerate(1, actor="test") == one.server_keys.pair()
        new, same = one.server_keys.pair()
        assert (old != new, other == same) == (True, True)
        await two.control.refresh()
        for served in (one, two):
            assert [(await call(served, key)).status for key in (old, new, other)] == [401, 200, 200]
        assert stat.S_IMODE((data / "keys").stat().st_mode) == 0o600
        rows = await one.services.resources.audit(Kind.SERVER_KEY)
        assert [(row.name, new.encode() in (row.after or b"")) for row in rows] == [("key1", False)]
    finally:
        await one.close()
        await two.close()
