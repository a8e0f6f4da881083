"""Provisioned capacity: at any length of time no more is let in than drains in it, a full bucket, and one call."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import Provisioned, Standing
from zaffre.limits.bucket import Bucket

CAPACITY = 600
RATE = 10.0
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(0, 400)),
        st.tuples(st.just("settle"), st.tuples(st.integers(0, 20), st.integers(0, 500))),
        st.tuples(st.just("wait"), st.floats(0, 90)),
    ),
    max_size=60,
)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 400)), max_size=60))
def test_what_is_let_in_is_what_drains_and_a_bucket_and_a_call(calls: list[tuple[float, int]]) -> None:
    bucket, now = Bucket("demo", Provisioned(CAPACITY)), 0.0
    admitted: list[tuple[float, int]] = []
    for wait, needed in calls:
        now += wait
        try:
            bucket.take(needed, now)
        except LimitReached:
            continue
        admitted.append((now, needed))
    for first, (begin, _) in enumerate(admitted):
        total = 0
        for end, needed in admitted[first:]:
            total += needed
            assert total <= CAPACITY + RATE * (end - begin) + 400 + 1e-3


@given(STEPS)
def test_a_call_is_let_in_exactly_where_the_level_is_not_above_the_rim(steps: list[tuple[str, Any]]) -> None:
    bucket, level, now = Bucket("demo", Provisioned(CAPACITY)), 0.0, 0.0
    open_calls: list[Standing] = []
    for step, what in steps:
        if step == "wait":
            now += what
            level = max(0.0, level - what * RATE)
        elif step == "settle" and open_calls:
            call = open_calls.pop(what[0] % len(open_calls))
            bucket.settle(call, Usage(what[1], 0, what[1]), now)
            level = max(0.0, level + what[1] - call.tokens)
        elif step == "call" and abs(level - CAPACITY) > 1e-3:
            if level > CAPACITY:
                with pytest.raises(LimitReached):
                    bucket.take(what, now)
            else:
                standing = bucket.take(what, now)
                level += what
                open_calls.append(standing)
                assert standing.utilization == pytest.approx(level / CAPACITY)


@given(st.integers(1, 5000), st.floats(0, 1e9))
def test_a_refusal_says_when_the_level_is_at_the_rim(over: int, now: float) -> None:
    bucket = Bucket("demo", Provisioned(CAPACITY))
    bucket.take(CAPACITY, now)
    bucket.take(over, now)
    with pytest.raises(LimitReached) as refused:
        bucket.take(1, now)
    assert refused.value.retry_after == pytest.approx(over / RATE)
    bucket.take(1, now + over / RATE + 1e-3)
