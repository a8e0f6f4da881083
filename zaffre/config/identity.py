"""What a configuration says of people and programs that come with a token: whose tokens, and what they may do."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from zaffre.config.forms import Name, Word
from zaffre.config.mistakes import Unfit
from zaffre.config.outline import Outline
from zaffre.config.reading import Form
from zaffre.core.surface import Surface

TENANT: Final = "{tenantid}"
"""Stands in an issuer for each of its tenants, as Entra ID writes it."""

AZURE_AUDIENCES: Final = tuple(
    f"https://{host}{slash}"
    for host in ("cognitiveservices.azure.com", "ml.azure.com", "ai.azure.com")
    for slash in ("", "/")
)
"""Whom Azure's clients ask tokens for. A scope of `https://ml.azure.com//.default` asks for the one with a slash."""

MANAGEMENT_AUDIENCES: Final = tuple(
    f"https://{host}{slash}" for host in ("management.azure.com", "management.core.windows.net") for slash in ("", "/")
)
"""Whom Azure's clients of the management surface ask tokens for."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_safe(url: str) -> bool:
    """Whether keys that come from this address are its owner's: https, or http that does not leave this machine."""
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname or "", parts.port != 0
    except ValueError:
        return False
    return usable and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _issuer(text: str) -> str:
    plain = not any(character <= " " or character == "\x7f" for character in text)
    if not plain or any(character in text for character in "@?#") or not is_safe(text.replace(TENANT, "t")):
        raise Unfit
    return text


Issuer = Annotated[
    str, Form("an issuer's address as its tokens have it, https:// (http:// on the loopback interface only)", _issuer)
]


class Role(Struct, frozen=True):
    """What its holders may do. A token holds it that has the role's name among its `roles`, or is named here."""

    deployments: Literal["all"] | tuple[Name, ...]
    surfaces: Literal["all"] | tuple[Surface, ...] = "all"
    """`all` are those that answer by models; management has to be named."""
    groups: tuple[Word, ...] = ()
    scopes: tuple[Word, ...] = ()
    apps: tuple[Word, ...] = ()
    """Client ids."""
    subjects: tuple[Word, ...] = ()
    """`oid`, or `sub`."""
    anyone: bool = False
    """Every good token holds it."""


class IdentityConfig(Struct, frozen=True):
    """Whose tokens open this server."""

    issuer: Issuer
    tenants: tuple[Word, ...] = ()
    """What stands for `{tenantid}` in the issuer."""
    audiences: tuple[Word, ...] | None = None
    """None: Azure's own. Those of management open the management surface alone."""
    roles: dict[Word, Role] | None = None
    """None: every good token may use every deployment, and manage none."""

    @property
    def data_audiences(self) -> tuple[str, ...]:
        """Whose tokens open the surfaces that answer by models."""
        if self.audiences is None:
            return AZURE_AUDIENCES
        return tuple(each for each in self.audiences if each not in MANAGEMENT_AUDIENCES)

    @property
    def management_audiences(self) -> tuple[str, ...]:
        """Whose tokens open the management surface."""
        return MANAGEMENT_AUDIENCES if self.audiences is None else self.audiences


def mistakes(identity: IdentityConfig) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What its keys ask of each other: path of keys, what was expected, what was found."""
    templated = TENANT in identity.issuer
    if templated and not identity.tenants:
        yield ("identity", "tenants"), f"a list of tenants, since the issuer has {TENANT}", "nothing"
    if identity.tenants and not templated:
        yield ("identity", "issuer"), f"an issuer with {TENANT}, since there are tenants", "one without"
    if identity.audiences == ():
        yield ("identity", "audiences"), "an audience (leave the key out for Azure's own)", "none"


def warnings(identity: IdentityConfig, deployments: set[str], outline: Outline) -> Iterator[str]:
    """What is right, but may not be what was meant.

    Args:
        deployments: the names of all, lower-case.
    """
    if identity.roles is None:
        place = outline.place(("identity",))
        yield f"{place} has no roles: whoever has a token of the issuer for an audience may use every deployment"
        return
    for name, role in identity.roles.items():
        for number, deployment in enumerate(() if role.deployments == "all" else role.deployments):
            if deployment.lower() not in deployments:
                place = outline.place(("identity", "roles", name, "deployments", number))
                yield f"{place} is no deployment of this file: {deployment}"
