"""From what a configuration says of identity to the tokens that it takes."""

from functools import partial

from zaffre.auth.discovery import discover
from zaffre.auth.issuer import Issuer, RemoteIssuer
from zaffre.auth.issuers import issuers_of
from zaffre.auth.local_identity import LocalIdentity
from zaffre.auth.roles import Roles
from zaffre.auth.tokens import Tokens
from zaffre.config.identity import AZURE_AUDIENCES, MANAGEMENT_AUDIENCES, IdentityConfig
from zaffre.net.client import Client


class Identity:
    """Whose tokens are taken, by one configuration or by several that say the same of it."""

    def __init__(self, config: IdentityConfig | None, client: Client, local: LocalIdentity | None) -> None:
        """
        Args:
            client: carries requests for issuers' keys.
            local: the token authority that answers here, whose tokens are taken beside the issuer's.
        """
        self.local = local
        self.tokens = _tokens(config, client, local)
        """None: keys alone open the door."""
        self._config = config
        self._client = client

    def after(self, config: IdentityConfig | None) -> "Identity":
        """The next configuration's: this one, with its keys and all tokens it knows, where nothing has changed."""
        return self if config == self._config else Identity(config, self._client, self.local)

    def start(self) -> None:
        """Begin to fetch the issuers' keys, in the background."""
        if self.tokens is not None:
            self.tokens.start()

    async def retire(self, after: "Identity") -> None:
        """Let go of what the configuration after this one does not use."""
        if after is not self:
            await self.close()

    async def close(self) -> None:
        """Fetch no more."""
        if self.tokens is not None:
            await self.tokens.close()


def _tokens(config: IdentityConfig | None, client: Client, local: LocalIdentity | None) -> Tokens | None:
    issuers: list[Issuer] = [] if local is None else [local]
    if config is None:
        return (
            Tokens(issuers, AZURE_AUDIENCES, Roles(None), management_audiences=MANAGEMENT_AUDIENCES)
            if issuers
            else None
        )
    meant = issuers_of(config.issuer, config.tenants)
    issuers += [RemoteIssuer(each.name, partial(discover, client, each)) for each in meant]
    return Tokens(issuers, config.data_audiences, Roles(config.roles), management_audiences=config.management_audiences)
