"""What answers say in their headers of rate limits, and of who answered instead of whom.

Names and forms: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota, plain whole seconds for times.
"""

from typing import Any, Final

from zaffre.core.errors import GatewayError, LimitReached
from zaffre.core.limits import Standing
from zaffre.gateway.call import Call
from zaffre.net.http import HeaderList, Request

SPILLOVER: Final = b"x-ms-spillover-deployment"
_POLICIES: Final = {"requests": b"DeploymentRatelimit-Call", "tokens": b"DeploymentRatelimit-Token"}


def spillover_of(request: Request) -> str:
    """The deployment to which the caller lets the call spill over, "" for none."""
    return request.header(SPILLOVER) if SPILLOVER in request.headers else ""


def call_headers(call: Call[Any]) -> HeaderList:
    """What the answer to a call says of its limit and, if it spilled over, whence."""
    headers = standing_headers(call.told) if call.told is not None else []
    if call.spilled_from:
        origin = call.spilled_from.encode("ascii", "replace")
        headers.append((b"x-ms-spillover-from-" + origin.lower(), origin))
        headers.append((b"x-ms-spillover-from-deployment", origin))
    return headers


def refusal_headers(error: GatewayError) -> HeaderList:
    """What a refusal says of the limit, of its part in it, and of the deployment that failed, too."""
    headers = standing_headers(error.standing) if error.standing is not None else []
    if isinstance(error, LimitReached):
        headers.append((b"policy-id", _POLICIES[error.of]))
    if error.spillover_error is not None:
        headers.append((b"x-ms-spillover-error", b"%d" % error.spillover_error))
    return headers


def standing_headers(standing: Standing) -> HeaderList:
    """How the limit stands: what it is, what is left of it, and when there is more."""
    if standing.utilization is not None:
        return [(b"azure-openai-deployment-utilization", b"%.1f%%" % (standing.utilization * 100))]
    headers = []
    if standing.limit_requests is not None:
        headers += [
            (b"x-ratelimit-limit-requests", b"%d" % standing.limit_requests),
            (b"x-ratelimit-remaining-requests", b"%d" % standing.remaining_requests),
            (b"x-ratelimit-reset-requests", b"%d" % standing.reset_requests),
        ]
    if standing.limit_tokens is not None:
        headers += [
            (b"x-ratelimit-limit-tokens", b"%d" % standing.limit_tokens),
            (b"x-ratelimit-remaining-tokens", b"%d" % standing.remaining_tokens),
            (b"x-ratelimit-reset-tokens", b"%d" % standing.reset_tokens),
        ]
    return headers
