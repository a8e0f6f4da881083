"""What stands behind every route: the deployments, who may use them, and what answers say of this server."""

import time
from typing import Literal

from msgspec import Struct

from zaffre.api.principal import principal_of
from zaffre.auth.keys import Keys
from zaffre.core.deployment import Principal
from zaffre.gateway.gateway import Gateway
from zaffre.net.http import Request
from zaffre.services.responses.service import Responses


class Manners(Struct, frozen=True):
    """How the Azure OpenAI surfaces answer, beyond what is answered."""

    region: str = "local"
    """Said in `x-ms-region`."""
    api_versions: Literal["lenient", "strict"] = "lenient"
    """Strict: dates that Azure never published are refused."""


class Door:
    """The way in for one set of keys and deployments."""

    def __init__(self, gateway: Gateway, keys: Keys, responses: Responses, manners: Manners | None = None) -> None:
        self.gateway = gateway
        self.keys = keys
        self.responses = responses
        self.manners = manners or Manners()
        self.since = int(time.time())
        """Seconds since 1970: when these deployments came to be as they are."""

    def principal(self, request: Request) -> Principal:
        """Who calls. Raises Unauthorized."""
        return principal_of(request, self.keys)
