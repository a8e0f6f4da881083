"""The tokens that a server takes: those of its configuration's issuers, and those of an authority of its own."""

from functools import partial
from pathlib import Path

from zaffre.auth.discovery import discover
from zaffre.auth.issuer import Issuer, RemoteIssuer
from zaffre.auth.issuers import issuers_of
from zaffre.auth.local_identity import LocalIdentity
from zaffre.auth.roles import Roles
from zaffre.auth.tokens import Tokens
from zaffre.config.identity import AZURE_AUDIENCES, MANAGEMENT_AUDIENCES, IdentityConfig
from zaffre.net.client import Client


def tokens(config: IdentityConfig | None, client: Client, local: LocalIdentity | None) -> Tokens:
    """
    Args:
        client: carries requests for issuers' keys.
        local: the token authority that answers here, whose tokens are taken beside the issuers'.
    """
    issuers: list[Issuer] = [] if local is None else [local]
    if config is None:
        return Tokens(issuers, AZURE_AUDIENCES, Roles(None), management_audiences=MANAGEMENT_AUDIENCES)
    meant = issuers_of(config.issuer, config.tenants)
    issuers += [RemoteIssuer(each.name, partial(discover, client, each)) for each in meant]
    return Tokens(issuers, config.data_audiences, Roles(config.roles), management_audiences=config.management_audiences)


def local_identity(data: Path) -> LocalIdentity:
    """The token authority of a data folder. Raises LocalIdentityError, OSError."""
    return LocalIdentity(data)
