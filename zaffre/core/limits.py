"""Rate limits: what a deployment may do, how its limit stands, and who keeps it."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from zaffre.core.chat import Usage


class Sku(StrEnum):
    """Azure's capacity types: https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types"""

    STANDARD = "Standard"
    GLOBAL_STANDARD = "GlobalStandard"
    DATA_ZONE_STANDARD = "DataZoneStandard"
    PROVISIONED_MANAGED = "ProvisionedManaged"
    GLOBAL_PROVISIONED_MANAGED = "GlobalProvisionedManaged"
    DATA_ZONE_PROVISIONED_MANAGED = "DataZoneProvisionedManaged"

    @property
    def provisioned(self) -> bool:
        """Whether capacity is reserved, and so limited by utilisation."""
        return self.value.endswith("ProvisionedManaged")


class PerWindow(Struct, frozen=True):
    """So much in each window of time. Windows begin at whole multiples of their length."""

    requests: int | None = None
    seconds: int = 10
    """Length of a window of requests."""
    tokens: int | None = None
    """In a window of a minute."""


class Provisioned(Struct, frozen=True):
    """So much at a steady rate, with room for bursts: a leaky bucket."""

    tokens: int
    """That drain in a minute. So many are a utilisation of 100 %."""


RateLimit = PerWindow | Provisioned


class Standing(Struct, gc=False):
    """How a limit stands right after it has let a call in, or refused one."""

    tokens: int = 0
    """What the call counts until it is settled."""
    window: int = 0
    """The window of tokens in which it counts."""
    limit_requests: int | None = None
    remaining_requests: int = 0
    reset_requests: int = 0
    """Whole seconds until the next window."""
    limit_tokens: int | None = None
    remaining_tokens: int = 0
    reset_tokens: int = 0
    utilization: float | None = None
    """Of provisioned capacity, which has this alone: 1.0 is all of it."""


class Limiter(Protocol):
    """Keeps the rate limit of one deployment, in this process or for many."""

    async def admit(self, tokens: int) -> Standing:
        """Let a call in.

        Args:
            tokens: what it will need, by estimate.

        Raises:
            LimitReached: not now.
            Overloaded: nobody can tell at the moment.
        """
        ...

    def settle(self, standing: Standing, usage: Usage | None) -> None:
        """Count what a call used instead of its estimate. A call that is never settled stays at that.

        Args:
            standing: what `admit` returned for it.
            usage: None where nothing was used.
        """
        ...
