"""Which issuers a configuration means: one for each tenant, and both names that Entra ID goes by.

Entra ID has two versions of tokens, and the resource that a token is for decides which one a client gets: those for
Azure's own audiences are mostly of version 1, whatever address the client asked at.
https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats
"""

import re
from collections.abc import Sequence
from typing import Final

from zaffre.config.identity import TENANT

_VERSION_2: Final = {
    "https://login.microsoftonline.com": "https://sts.windows.net",
    "https://login.microsoftonline.us": "https://sts.windows.net",
    "https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn",
}
"""Where version 2 of a cloud's tokens comes from -> where its version 1 does."""
_VERSION_1: Final = {"https://sts.windows.net": "https://login.microsoftonline.com"} | {
    "https://sts.chinacloudapi.cn": "https://login.partner.microsoftonline.cn"
}


def issuers_of(issuer: str, tenants: Sequence[str] = ()) -> list[str]:
    """Every issuer that is meant, each as its tokens have it."""
    named = [issuer.replace(TENANT, tenant) for tenant in tenants] or [issuer]
    return list(dict.fromkeys(each for name in named for each in _both_versions(name)))


def _both_versions(issuer: str) -> list[str]:
    found = re.fullmatch(r"(https://[^/]+)/([^/]+)(/v2\.0|/)?", issuer)
    if found is None:
        return [issuer]
    home, tenant, version = found.groups()
    if home in _VERSION_2 and version == "/v2.0":
        return [issuer, f"{_VERSION_2[home]}/{tenant}/"]
    if home in _VERSION_1 and version == "/":
        return [issuer, f"{_VERSION_1[home]}/{tenant}/v2.0"]
    return [issuer]


def is_of(template: str, issuer: str) -> bool:
    """Whether an issuer is the one that this text names, with any tenant for `{tenantid}`."""
    before, placeholder, after = template.partition(TENANT)
    if not placeholder:
        return template == issuer
    return len(issuer) > len(before + after) and issuer.startswith(before) and issuer.endswith(after)
