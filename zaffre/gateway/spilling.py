"""When a call to provisioned capacity goes to another deployment, and to which.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/spillover-traffic-management
"""

from zaffre.core.deployment import Deployment
from zaffre.core.errors import ContextOverflow, Cut, GatewayError, RateLimited, UpstreamError
from zaffre.gateway.call import R, Spillover
from zaffre.gateway.fields import Fields
from zaffre.gateway.parameters import Extras, Operation


def target(
    deployment: Deployment, asked: str, operation: Operation[R], body: bytes, fields: Fields, extras: Extras
) -> Spillover[R] | None:
    """Where a call may go, if anywhere: the operator's word counts before the caller's.

    Args:
        asked: the deployment that the caller names, "" for none.
    """
    name = deployment.spillover or asked
    if not name or name.lower() == deployment.name.lower():
        return None
    return Spillover(name, deployment.spillover is not None, operation, body, fields, extras)


def spills(error: GatewayError) -> bool:
    """Whether another deployment may do better: too much for this one, too long for it, or it has failed."""
    if isinstance(error, UpstreamError) and error.status >= 500:
        return error.retryable and not isinstance(error, Cut)
    too_long = error.code == ContextOverflow.code
    return too_long or isinstance(error, RateLimited) or error.status >= 500
