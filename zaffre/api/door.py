"""What stands behind every route: the deployments, who may use them, and what answers say of this server."""

import time
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from zaffre.api.principal import manager_of, principal_of
from zaffre.auth.failures import Unchecked
from zaffre.auth.keys import Keys
from zaffre.core.deployment import Principal
from zaffre.core.errors import NotFound
from zaffre.core.surface import Surface
from zaffre.core.usage import UsageTotals
from zaffre.gateway.gateway import Gateway
from zaffre.net.http import Request
from zaffre.services.content_safety import ContentSafety
from zaffre.services.control.control import Control
from zaffre.services.control.keys import ServerKeys
from zaffre.services.responses.service import Responses

if TYPE_CHECKING:
    # Large, and loaded by `app.extras` where tokens are taken.
    from zaffre.auth.local_identity import LocalIdentity
    from zaffre.auth.tokens import Tokens


class Manners(Struct, frozen=True):
    """How the Azure OpenAI surfaces answer, beyond what is answered."""

    region: str = "local"
    """Said in `x-ms-region`."""
    api_versions: Literal["lenient", "strict"] = "lenient"
    """Strict: dates that Azure never published are refused."""


class Management(Struct, frozen=True):
    """What the management surface manages."""

    control: Control
    server_keys: ServerKeys
    usage: UsageTotals


class Door:
    """The way in for one set of keys and deployments."""

    def __init__(
        self,
        gateway: Gateway,
        keys: Keys,
        responses: Responses,
        manners: Manners | None = None,
        tokens: "Tokens | None" = None,
        local_identity: "LocalIdentity | None" = None,
        content_safety: ContentSafety | None = None,
        management_keys: Keys | None = None,
        management: Management | None = None,
    ) -> None:
        """
        Args:
            keys: those that open the surfaces that answer by models.
            tokens: those that are taken beside the keys.
            local_identity: the token authority that answers here.
            content_safety: who judges texts.
            management_keys: those that open the management surface.
        """
        self.gateway = gateway
        self.keys = keys
        self.responses = responses
        self.manners = manners or Manners()
        self._tokens = tokens
        self._local_identity = local_identity
        self._content_safety = content_safety
        self._management_keys = management_keys or Keys(())
        self._management = management
        self.since = int(time.time())
        """Seconds since 1970: when these deployments came to be as they are."""

    def principal(self, request: Request, surface: Surface) -> Principal:
        """Who calls: what every endpoint asks before anything else.

        Raises:
            Unauthorized; one that is Unchecked goes to `check`, and the endpoint begins again.
        """
        if surface is Surface.MANAGEMENT:
            return manager_of(request, self._management_keys, self._tokens)
        return principal_of(request, surface, self.keys, self._tokens)

    async def check(self, unchecked: Unchecked) -> None:
        """Find out about a token that nobody has looked at yet. Raises InvalidToken, IssuerUnreachable."""
        if self._tokens is not None:
            await self._tokens.check(unchecked.token)

    @property
    def content_safety(self) -> ContentSafety:
        """Raises NotFound: there is none here."""
        if self._content_safety is None:
            raise NotFound
        return self._content_safety

    @property
    def management(self) -> Management:
        """Raises NotFound: nothing is managed here."""
        if self._management is None:
            raise NotFound
        return self._management

    @property
    def local_identity(self) -> "LocalIdentity":
        """Raises NotFound: there is none here."""
        if self._local_identity is None:
            raise NotFound
        return self._local_identity
