"""From what a configuration says of identity to the tokens that it takes."""

from typing import TYPE_CHECKING

from zaffre.app import extras
from zaffre.config.identity import IdentityConfig
from zaffre.net.client import Client

if TYPE_CHECKING:
    from zaffre.auth.local_identity import LocalIdentity
    from zaffre.auth.tokens import Tokens


class Identity:
    """Whose tokens are taken, by one configuration or by several that say the same of it."""

    def __init__(self, config: IdentityConfig | None, client: Client, local: "LocalIdentity | None") -> None:
        """
        Args:
            client: carries requests for issuers' keys.
            local: the token authority that answers here, whose tokens are taken beside the issuer's.
        """
        self.local = local
        taken = config is not None or local is not None
        self.tokens: Tokens | None = extras.identity().tokens(config, client, local) if taken else None
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
