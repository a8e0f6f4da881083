"""Which issuers a configuration means."""

import pytest

from tests.auth.issuing import RSA, Clock, Issuer, jwk, taking
from zaffre.auth.issuers import Meant, is_of, issuers_of
from zaffre.core.errors import InvalidToken

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OTHER = "11111111-2222-3333-4444-555555555555"
ENTRA = "https://login.microsoftonline.com"
STS = "https://sts.windows.net"


def names(issuer: str, *tenants: str) -> list[str]:
    return [each.name for each in issuers_of(issuer, tenants)]


@pytest.mark.parametrize(
    ("login", "sts"),
    [
        (ENTRA, STS),
        ("https://login.microsoftonline.us", STS),
        ("https://login.partner.microsoftonline.cn", "https://sts.chinacloudapi.cn"),
    ],
)
def test_entra_id_goes_by_two_names_with_their_documents_in_one_place(login: str, sts: str) -> None:
    both = [
        Meant(f"{login}/{TENANT}/v2.0", f"{login}/{TENANT}/v2.0"),
        Meant(f"{sts}/{TENANT}/", f"{login}/{TENANT}"),
    ]
    assert issuers_of(f"{login}/{TENANT}/v2.0") == both


def test_the_older_of_the_two_names_stands_for_both() -> None:
    assert issuers_of(f"{STS}/{TENANT}/") == issuers_of(f"{ENTRA}/{TENANT}/v2.0")


@pytest.mark.parametrize(
    "issuer",
    [
        "https://accounts.google.com",
        "https://a.auth0.com/",
        "https://keycloak.example/realms/models",
        f"{ENTRA}.example/{TENANT}/v2.0",
        f"{ENTRA}/{TENANT}/b/v2.0",
        f"{ENTRA}//v2.0",
        f"{STS}/",
    ],
)
def test_every_other_issuer_has_one_name(issuer: str) -> None:
    assert issuers_of(issuer) == [Meant(issuer, issuer.rstrip("/"))]


def test_a_template_is_an_issuer_for_each_tenant() -> None:
    assert names(f"{ENTRA}/{{tenantid}}/v2.0", TENANT, OTHER) == [
        f"{ENTRA}/{TENANT}/v2.0",
        f"{STS}/{TENANT}/",
        f"{ENTRA}/{OTHER}/v2.0",
        f"{STS}/{OTHER}/",
    ]


@pytest.mark.parametrize(
    ("template", "issuer", "same"),
    [
        (f"{ENTRA}/{{tenantid}}/v2.0", f"{ENTRA}/{TENANT}/v2.0", True),
        (f"{ENTRA}/{OTHER}/v2.0", f"{ENTRA}/{TENANT}/v2.0", False),
        (f"{ENTRA}/{TENANT}/v2.0", f"{ENTRA}/{TENANT}/v2.0", True),
        (f"{ENTRA}/{{tenantid}}/v2.0", f"{ENTRA}//v2.0", False),
        (f"{ENTRA}/{{tenantid}}/v2.0", f"{STS}/{TENANT}/", False),
    ],
)
def test_a_key_says_for_whom_it_signs(template: str, issuer: str, same: bool) -> None:
    assert is_of(template, issuer) is same


async def test_a_key_of_every_tenant_signs_for_this_one(issuer: Issuer, clock: Clock) -> None:
    template = issuer.url.replace("/tenant", "/{tenantid}")
    issuer.keys = [jwk(RSA, issuer=template)]
    async with taking(*names(template, "tenant"), clock=clock) as taker:
        assert (await taker.principal(issuer.token())).name == "sub:somebody"
        with pytest.raises(InvalidToken):
            await taker.principal(issuer.token(iss=template.replace("{tenantid}", "another")))
