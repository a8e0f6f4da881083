"""The local identity as its clients ask it: documents, client credentials, managed identity."""

import base64
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from tests.api.canned import Caller, header_of, json_of
from tests.auth.issuing import AUDIENCE, Clock
from zaffre.auth.failures import LocalIdentityError
from zaffre.auth.local_identity import LASTS, LocalIdentity
from zaffre.net.http import Response

SCOPE = f"{AUDIENCE}/.default"


@pytest.fixture
def caller(local: LocalIdentity) -> Caller:
    return Caller(local_identity=local)


async def asked(caller: Caller, local: LocalIdentity, tenant: str = "any", **fields: str) -> Response:
    """The answer to a good request for a token, but for these fields."""
    usual = {"grant_type": "client_credentials", "client_id": "me", "scope": SCOPE}
    form = usual | {"client_secret": local.secret.reveal()} | fields
    body = urlencode(form).encode()
    return await caller.post(f"/{tenant}/oauth2/v2.0/token", body, content_type="application/x-www-form-urlencoded")


async def managed(caller: Caller, secret: str, **query: str) -> Response:
    usual = {"api-version": "2019-08-01", "resource": AUDIENCE} | query
    return await caller.get(f"/msi/token?{urlencode(usual)}", x_identity_header=secret, api_key="")


def claims(token: str, local: LocalIdentity, clock: Clock) -> dict[str, Any]:
    """What a token says, its signature checked by its published key."""
    key = jwt.PyJWKSet.from_dict(local.jwks)[jwt.get_unverified_header(token)["kid"]]
    found: dict[str, Any] = jwt.decode(
        token,
        key,
        audience=AUDIENCE,
        issuer=local.name,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    return found


@pytest.mark.parametrize("tenant", ["common", "my-tenant.example", "72f988bf-86f1-41af-91ab-2d7cd011db47"])
async def test_the_document_of_a_tenant_leads_back_to_where_it_was_asked_for(
    caller: Caller, local: LocalIdentity, tenant: str
) -> None:
    said = json_of(await caller.get(f"/{tenant}/v2.0/.well-known/openid-configuration", host="localhost:99"))
    assert said["issuer"] == f"https://127.0.0.1:8081/{local.tenant}/v2.0"
    assert said["token_endpoint"] == f"http://localhost:99/{tenant}/oauth2/v2.0/token"
    assert said["jwks_uri"] == f"http://localhost:99/{tenant}/discovery/v2.0/keys"
    keys = json_of(await caller.get(f"/{tenant}/discovery/v2.0/keys"))
    assert keys == local.jwks
    assert not {"d", "p", "q"} & keys["keys"][0].keys()


async def test_a_document_without_a_tenant_is_that_of_its_own(caller: Caller, local: LocalIdentity) -> None:
    said = json_of(await caller.get("/.well-known/openid-configuration"))
    assert said["token_endpoint"] == f"http://localhost/{local.tenant}/oauth2/v2.0/token"


async def test_the_authority_is_a_known_one(caller: Caller, local: LocalIdentity) -> None:
    said = json_of(await caller.get("/common/discovery/instance?api-version=1.1", host="127.0.0.1:8081"))
    assert said["tenant_discovery_endpoint"].endswith(f"/{local.tenant}/v2.0/.well-known/openid-configuration")
    assert said["metadata"][0]["aliases"] == ["127.0.0.1:8081"]


async def test_a_client_and_its_secret_get_a_token(caller: Caller, local: LocalIdentity, clock: Clock) -> None:
    response = await asked(caller, local)
    said = json_of(response)
    assert (said["token_type"], said["expires_in"]) == ("Bearer", LASTS)
    assert header_of(response, b"cache-control") == b"no-store"
    found = claims(said["access_token"], local, clock)
    assert (found["azp"], found["tid"], found["exp"]) == ("me", local.tenant, int(clock()) + LASTS)
    assert found["oid"] == found["sub"]


async def test_a_client_may_send_its_secret_in_a_header(caller: Caller, local: LocalIdentity) -> None:
    pair = base64.b64encode(f"me:{local.secret.reveal()}".encode()).decode()
    body = urlencode({"grant_type": "client_credentials", "scope": SCOPE}).encode()
    response = await caller.post("/t/oauth2/v2.0/token", body, authorization=f"Basic {pair}")
    assert "access_token" in json_of(response)
    response = await caller.post("/t/oauth2/v2.0/token", body, authorization="Basic ?")
    assert (response.status, json_of(response)["error"]) == (401, "invalid_client")


async def test_a_scope_with_two_slashes_asks_for_an_audience_with_one(caller: Caller, local: LocalIdentity) -> None:
    token = json_of(await asked(caller, local, scope=f"{AUDIENCE}//.default"))["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == f"{AUDIENCE}/"


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": "wröng"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"scope": "/.default"}, 400, "invalid_scope"),
        ({"scope": "https://a/read"}, 400, "invalid_scope"),
        ({"scope": "https://a/.default https://b/.default"}, 400, "invalid_scope"),
    ],
)
async def test_a_wrong_request_is_refused_as_entra_id_refuses_it(
    caller: Caller, local: LocalIdentity, fields: dict[str, str], status: int, error: str
) -> None:
    response = await asked(caller, local, **fields)
    said = json_of(response)
    assert (response.status, said["error"]) == (status, error)
    assert said["error_description"].startswith("AADSTS")
    assert local.secret.reveal() not in str(said)


@pytest.mark.parametrize("body", [b"\xff", b"&".join([b"a=b"] * 101)])
async def test_a_body_that_is_no_form_is_refused(caller: Caller, body: bytes) -> None:
    response = await caller.post("/t/oauth2/v2.0/token", body)
    assert (response.status, json_of(response)["error"]) == (400, "invalid_request")


async def test_the_managed_identity_gives_tokens_as_app_service_does(
    caller: Caller, local: LocalIdentity, clock: Clock
) -> None:
    said = json_of(await managed(caller, local.secret.reveal()))
    assert said.keys() == {"access_token", "client_id", "expires_on", "resource", "token_type"}
    assert (said["resource"], said["expires_on"]) == (AUDIENCE, str(int(clock()) + LASTS))
    assert claims(said["access_token"], local, clock)["azp"] == local.client_id == said["client_id"]


@pytest.mark.parametrize("name", ["client_id", "object_id", "principal_id", "mi_res_id"])
async def test_a_managed_identity_may_be_another_one(
    caller: Caller, local: LocalIdentity, clock: Clock, name: str
) -> None:
    other = json_of(await managed(caller, local.secret.reveal(), **{name: "other"}))["access_token"]
    own = json_of(await managed(caller, local.secret.reveal()))["access_token"]
    assert claims(other, local, clock)["azp"] == "other"
    assert claims(other, local, clock)["oid"] != claims(own, local, clock)["oid"]


@pytest.mark.parametrize(
    ("secret", "query", "status"),
    [
        ("", {}, 401),
        ("wrong", {}, 401),
        (None, {"api-version": "2017-09-01"}, 400),
        (None, {"resource": ""}, 400),
    ],
)
async def test_the_managed_identity_refuses_others(
    caller: Caller, local: LocalIdentity, secret: str | None, query: dict[str, str], status: int
) -> None:
    response = await managed(caller, local.secret.reveal() if secret is None else secret, **query)
    assert (response.status, json_of(response)["statusCode"]) == (status, status)


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/openid-configuration",
        "/t/v2.0/.well-known/openid-configuration",
        "/t/discovery/v2.0/keys",
        "/common/discovery/instance",
        "/msi/token",
    ],
)
async def test_without_it_there_are_no_such_addresses(path: str) -> None:
    assert (await Caller().get(path)).status == 404


def test_its_key_and_secret_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    first, second = LocalIdentity(tmp_path / "data"), LocalIdentity(tmp_path / "data")
    assert (first.jwks, first.secret, first.tenant) == (second.jwks, second.secret, second.tenant)
    folder = tmp_path / "data" / "identity"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(("name", "content"), [("signing.pem", "no key"), ("secret", ""), ("secret", "two\nlines")])
def test_a_file_that_is_not_as_it_was_made_is_said(tmp_path: Path, name: str, content: str) -> None:
    LocalIdentity(tmp_path)
    path = tmp_path / "identity" / name
    path.write_text(content)
    with pytest.raises(LocalIdentityError, match=f"{path} .*; delete it"):
        LocalIdentity(tmp_path)
