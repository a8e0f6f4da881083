"""What a capacity type and its capacity allow.

Sources: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota and
https://learn.microsoft.com/azure/ai-foundry/openai/how-to/provisioned-throughput-onboarding
"""

from typing import Final

from zaffre.core.limits import PerWindow, Provisioned, RateLimit, Sku

TOKENS_PER_UNIT: Final = 1000
"""A minute, of a standard capacity type; with them comes one request in 10 seconds."""
REQUESTS_PER_UNIT: Final = 6
"""A minute, of a standard capacity type."""
TOKENS_PER_PTU: Final = 2500
"""A minute: Azure's figure for GPT-4o. Other models have others, and `tpm` says so."""
_SLICE: Final = 10
"""Seconds in which requests are counted."""
_SLICES: Final = 60 // _SLICE


def rate_limit(sku: Sku | None, capacity: int | None, rpm: int | None, tpm: int | None) -> RateLimit | None:
    """The limit of a deployment, None for no limit.

    Args:
        capacity: units of the capacity type.
        rpm: requests a minute, instead of what the capacity allows.
        tpm: tokens a minute, likewise.
    """
    units = capacity or 0
    if sku is not None and sku.provisioned:
        return Provisioned(tpm or units * TOKENS_PER_PTU)
    requests, seconds = _in_slices(rpm) if rpm else (units or None, _SLICE)
    tokens = tpm or units * TOKENS_PER_UNIT or None
    return PerWindow(requests, seconds, tokens) if requests or tokens else None


def _in_slices(rpm: int) -> tuple[int, int]:
    """So many requests in windows of so many seconds, never more than `rpm` in a minute."""
    return (rpm // _SLICES, _SLICE) if rpm >= _SLICES else (1, 60 // rpm)
