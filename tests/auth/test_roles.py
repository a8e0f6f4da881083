"""Who may do what: roles, added together on each surface."""

from collections.abc import Mapping

import pytest

from tests.auth.issuing import Clock, Issuer, taking
from zaffre.auth.claims import Claims
from zaffre.auth.roles import Roles
from zaffre.config.identity import IdentityConfig, Role
from zaffre.core.errors import InvalidToken, PermissionDenied
from zaffre.core.surface import DATA, Surface

EVERYWHERE = dict.fromkeys(DATA)


def access(roles: Mapping[str, Role] | None, /, **claims: frozenset[str]) -> dict[Surface, frozenset[str] | None]:
    """Surface -> the deployments that may be used there; None for all."""
    found = Roles(roles).access(Claims("somebody", "sub:somebody", 0, **claims))
    return {surface: principal.deployments for surface, principal in found.items()}


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        (Role("all"), {"roles": frozenset({"reader"})}),
        (Role("all", groups=("g",)), {"groups": frozenset({"f", "g"})}),
        (Role("all", scopes=("models.read",)), {"scopes": frozenset({"models.read"})}),
        (Role("all", apps=("a",)), {"apps": frozenset({"a"})}),
        (Role("all", subjects=("somebody",)), {}),
        (Role("all", anyone=True), {}),
    ],
)
def test_a_role_is_held_by_its_name_or_by_who_is_named_in_it(role: Role, claims: dict[str, frozenset[str]]) -> None:
    assert access({"reader": role}, **claims) == EVERYWHERE


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"roles": frozenset({"Reader", "g", "a"})},
        {"groups": frozenset({"reader"})},
        {"scopes": frozenset({"reader", "g"})},
        {"apps": frozenset({"g"})},
    ],
)
def test_no_claim_is_taken_for_another(claims: dict[str, frozenset[str]]) -> None:
    assert access({"reader": Role("all", groups=("g",), apps=("a",))}, **claims) == {}


def test_without_roles_everybody_may_use_every_deployment_and_manage_none() -> None:
    assert access(None) == EVERYWHERE


def test_who_manages_is_named() -> None:
    role = Role(("demo",), surfaces=(Surface.MANAGEMENT, Surface.V1), anyone=True)
    assert access({"manager": role}) == {Surface.MANAGEMENT: {"demo"}, Surface.V1: {"demo"}}


def test_roles_are_added_together_but_not_across_surfaces() -> None:
    roles = {
        "one": Role(("Demo",), surfaces=(Surface.INFERENCE,)),
        "two": Role(("embed", "demo"), surfaces=(Surface.V1, Surface.INFERENCE)),
        "three": Role("all", surfaces=(Surface.CLASSIC,)),
        "four": Role(("secret",)),
    }
    assert access(roles, roles=frozenset({"one", "two", "three"})) == {
        Surface.INFERENCE: {"demo", "embed"},
        Surface.V1: {"demo", "embed"},
        Surface.CLASSIC: None,
    }


def test_a_role_may_grant_nothing() -> None:
    assert access({"none": Role(())}, roles=frozenset({"none"})) == dict.fromkeys(DATA, frozenset())


@pytest.mark.parametrize(
    "claims",
    [
        {"roles": ["reader"]},
        {"roles": "reader"},
        {"groups": ["g"]},
        {"scp": "openid models.read"},
        {"scp": ["models.read"]},
        {"scope": "models.read"},
        {"azp": "a"},
        {"appid": "a"},
        {"client_id": "a"},
    ],
)
async def test_the_claims_are_those_of_entra_id_and_of_other_issuers(
    issuer: Issuer, clock: Clock, claims: dict[str, object]
) -> None:
    roles = Roles({"reader": Role(("demo",), groups=("g",), scopes=("models.read",), apps=("a",))})
    async with taking(issuer.url, clock=clock, roles=roles) as taker:
        assert (await taker.principal(issuer.token(**claims))).deployments == {"demo"}


async def test_who_holds_no_role_is_told_so(issuer: Issuer, clock: Clock) -> None:
    roles = Roles({"reader": Role("all", surfaces=(Surface.V1,))})
    async with taking(issuer.url, clock=clock, roles=roles) as taker:
        with pytest.raises(PermissionDenied):
            await taker.principal(issuer.token())
        reader = issuer.token(roles=["reader", 1, None])
        with pytest.raises(PermissionDenied):
            await taker.principal(reader)
        assert (await taker.principal(reader, Surface.V1)).name == "sub:somebody"


@pytest.mark.parametrize("audience", ["https://management.azure.com", ["https://management.core.windows.net/"]])
async def test_a_token_for_management_opens_that_and_nothing_else(
    issuer: Issuer, clock: Clock, audience: object
) -> None:
    roles = Roles({"all": Role("all", surfaces=tuple(Surface), anyone=True)})
    async with taking(issuer.url, clock=clock, roles=roles) as taker:
        of_management, of_models = issuer.token(aud=audience), issuer.token()
        assert (await taker.principal(of_management, Surface.MANAGEMENT)).name == "sub:somebody"
        assert (await taker.principal(of_models, Surface.V1)).name == "sub:somebody"
        for token, surface in ((of_management, Surface.V1), (of_models, Surface.MANAGEMENT)):
            with pytest.raises(InvalidToken):
                await taker.principal(token, surface)


def test_audiences_that_are_named_are_the_only_ones() -> None:
    own = IdentityConfig("https://a", audiences=("mine", "https://management.azure.com"))
    assert own.data_audiences == ("mine",)
    assert own.management_audiences == ("mine", "https://management.azure.com")
