"""What answers say in their headers of rate limits, and of who answered instead of whom.

Names and forms: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota, plain whole seconds for times.
"""

from typing import Any, Final

from zaffre.core.errors import GatewayError, LimitReached
from zaffre.core.limits import Standing
from zaffre.gateway.call import Call
from zaffre.net.http import HeaderList, Request, header_list

SPILLOVER: Final = b"x-ms-spillover-deployment"
_POLICIES: Final = {"requests": b"DeploymentRatelimit-Call", "tokens": b"DeploymentRatelimit-Token"}


def spillover_of(request: Request) -> str:
    """The deployment to which the caller lets the call spill over, "" for none."""
    return request.header(SPILLOVER) if SPILLOVER in request.headers else ""


def call_lines(call: Call[Any]) -> bytes:
    """What the answer to a call says of its limit and, if it spilled over, whence: header fields as lines."""
    lines = b"" if call.told is None else standing_lines(call.told)
    if call.spilled_from:
        origin = call.spilled_from.encode("ascii", "replace")
        lines += _SPILLED % (origin.lower(), origin, origin)
    return lines


def refusal_headers(error: GatewayError) -> HeaderList:
    """What a refusal says of the limit, of its part in it, and of the deployment that failed, too."""
    headers = header_list(standing_lines(error.standing)) if error.standing is not None else []
    if isinstance(error, LimitReached):
        headers.append((b"policy-id", _POLICIES[error.of]))
    if error.spillover_error is not None:
        headers.append((b"x-ms-spillover-error", b"%d" % error.spillover_error))
    return headers


def standing_lines(standing: Standing) -> bytes:
    """How the limit stands: what it is, what is left of it, and when there is more. Header fields as lines: rendering
    them one by one costs more than keeping the limit."""
    if standing.utilization is not None:
        return _UTILIZATION % (standing.utilization * 100)
    lines = b""
    if standing.limit_requests is not None:
        lines = _REQUESTS % (standing.limit_requests, standing.remaining_requests, standing.reset_requests)
    if standing.limit_tokens is not None:
        lines += _TOKENS % (standing.limit_tokens, standing.remaining_tokens, standing.reset_tokens)
    return lines


def _lines(of: bytes) -> bytes:
    return b"".join(b"x-ratelimit-%b-%b: %%d\r\n" % (what, of) for what in (b"limit", b"remaining", b"reset"))


_SPILLED: Final = b"x-ms-spillover-from-%b: %b\r\nx-ms-spillover-from-deployment: %b\r\n"
_REQUESTS: Final = _lines(b"requests")
_TOKENS: Final = _lines(b"tokens")
_UTILIZATION: Final = b"azure-openai-deployment-utilization: %.1f%%\r\n"
