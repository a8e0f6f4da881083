"""Which issuers a configuration means: one for each tenant, and both names that Entra ID goes by.

Entra ID has two versions of tokens, and the resource that a token is for decides which one a client gets: those for
Azure's own audiences are mostly of version 1, whatever address the client asked at.
https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from zaffre.config.identity import TENANT

_CLOUDS: Final = {
    "https://login.microsoftonline.com": "https://sts.windows.net",
    "https://login.microsoftonline.us": "https://sts.windows.net",
    "https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn",
}
"""Where the tokens of a cloud come from: version 2, and where the documents of both are -> version 1."""


class Meant(Struct, frozen=True):
    """An issuer."""

    name: str
    """As its tokens have it."""
    home: str
    """Where its documents are: below `/.well-known`."""


def issuers_of(issuer: str, tenants: Sequence[str] = ()) -> list[Meant]:
    """Every issuer that is meant."""
    named = [issuer.replace(TENANT, tenant) for tenant in tenants] or [issuer]
    return [each for name in named for each in _of_entra(name) or [Meant(name, name.rstrip("/"))]]


def _of_entra(issuer: str) -> list[Meant]:
    """Both versions of one of Entra ID's; none where it is another's."""
    for login, sts in _CLOUDS.items():
        for before, after in ((f"{login}/", "/v2.0"), (f"{sts}/", "/")):
            tenant = issuer.removeprefix(before).removesuffix(after)
            if issuer == f"{before}{tenant}{after}" and tenant and "/" not in tenant:
                home = f"{login}/{tenant}"
                return [Meant(f"{home}/v2.0", f"{home}/v2.0"), Meant(f"{sts}/{tenant}/", home)]
    return []


def is_of(template: str, issuer: str) -> bool:
    """Whether an issuer is the one that this text names, with any tenant for `{tenantid}`."""
    before, placeholder, after = template.partition(TENANT)
    if not placeholder:
        return template == issuer
    return len(issuer) > len(before + after) and issuer.startswith(before) and issuer.endswith(after)
