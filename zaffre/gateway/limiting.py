"""The two limits that a call has to keep: its principal's own, and its deployment's."""

from typing import Any

from zaffre.core.chat import Usage
from zaffre.gateway.call import Call
from zaffre.gateway.needs import needed


async def let_in(call: Call[Any]) -> None:
    """Count the call's estimate against both. Who exceeds its own limit takes nothing of the deployment's.

    Raises: LimitReached, Overloaded.
    """
    own, limiter = call.principal.limiter, call.deployment.limiter
    if own is not None or limiter is not None:
        tokens = needed(call.request, call.deployment.assumed_tokens)
        if own is not None and call.own is None:
            call.own = await own.admit(tokens)
        if limiter is not None:
            call.standing = await limiter.admit(tokens)
    call.let_in = True


def settle(call: Call[Any], usage: Usage | None) -> None:
    """Count what the call took instead of its estimate. None: it took nothing."""
    limiter = call.deployment.limiter
    if limiter is not None and call.standing is not None:
        limiter.settle(call.standing, usage)
    settle_own(call, usage)


def settle_own(call: Call[Any], usage: Usage | None) -> None:
    """The same for the principal's limit alone, where the call may still spill over to another deployment's."""
    own = call.principal.limiter
    if own is not None and call.own is not None:
        own.settle(call.own, usage)
