"""What a capacity allows, and what is said instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.core.limits import PerWindow, Provisioned, RateLimit, Sku
from zaffre.limits.rates import rate_limit

STANDARD = [sku for sku in Sku if not sku.provisioned]
PROVISIONED = [sku for sku in Sku if sku.provisioned]


@pytest.mark.parametrize("sku", STANDARD)
def test_a_standard_unit_is_a_request_in_ten_seconds_and_a_thousand_tokens_a_minute(sku: Sku) -> None:
    assert rate_limit(sku, 80, None, None) == PerWindow(80, 10, 80_000)


@pytest.mark.parametrize("sku", PROVISIONED)
def test_provisioned_units_are_tokens_alone(sku: Sku) -> None:
    assert rate_limit(sku, 100, None, None) == Provisioned(250_000)
    assert rate_limit(sku, 100, None, 37_000) == Provisioned(37_000)


@pytest.mark.parametrize(
    ("sku", "capacity", "rpm", "tpm", "limit"),
    [
        (None, None, None, None, None),
        (None, None, 60, None, PerWindow(10, 10, None)),
        (None, None, None, 5000, PerWindow(None, 10, 5000)),
        (Sku.STANDARD, 10, 6, None, PerWindow(1, 10, 10_000)),
        (Sku.STANDARD, 10, None, 500, PerWindow(10, 10, 500)),
        (Sku.STANDARD, None, None, 500, PerWindow(None, 10, 500)),
    ],
)
def test_what_is_said_wins_over_the_capacity(
    sku: Sku | None, capacity: int | None, rpm: int | None, tpm: int | None, limit: RateLimit | None
) -> None:
    assert rate_limit(sku, capacity, rpm, tpm) == limit


@given(st.integers(1, 10_000))
def test_windows_never_allow_more_requests_a_minute_than_were_asked_for_and_always_some(rpm: int) -> None:
    limit = rate_limit(None, None, rpm, None)
    assert isinstance(limit, PerWindow)
    assert limit.requests
    assert 60 % limit.seconds == 0
    assert rpm - 6 < limit.requests * 60 // limit.seconds <= rpm
