"""Fixed windows never let in more than there is room for, whatever happens when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.core.chat import Usage
from zaffre.core.errors import LimitReached
from zaffre.core.limits import PerWindow, Standing
from zaffre.limits.windows import Windows

LIMIT = PerWindow(5, 10, 100)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(0, 120)),
        st.tuples(st.just("settle"), st.tuples(st.integers(0, 20), st.none() | st.integers(0, 150))),
        st.tuples(st.just("wait"), st.floats(0, 70)),
    ),
    max_size=60,
)


def usage(tokens: int | None) -> Usage | None:
    return None if tokens is None else Usage(tokens, 0, tokens)


class Model:
    """The rule in other words: a list of what counts in which window."""

    def __init__(self) -> None:
        self.requests: list[int] = []
        self.tokens: list[tuple[int, int]] = []

    def room(self, tokens: int, now: float) -> bool:
        requests = self.requests.count(int(now // 10))
        used = sum(count for window, count in self.tokens if window == now // 60)
        return requests < 5 and used + tokens <= 100

    def call(self, tokens: int, now: float) -> None:
        self.requests.append(int(now // 10))
        self.tokens.append((int(now // 60), tokens))

    def settle(self, standing: Standing, used: int, now: float) -> None:
        more = used - standing.tokens
        if more > 0 or standing.window == now // 60:
            self.tokens.append((int(now // 60), more))


@given(STEPS)
def test_a_call_is_let_in_exactly_where_both_windows_have_room(steps: list[tuple[str, Any]]) -> None:
    windows, model, open_calls, now = Windows("demo", LIMIT), Model(), [], 0.0
    for step, what in steps:
        if step == "wait":
            now += what
        elif step == "settle" and open_calls:
            call = open_calls.pop(what[0] % len(open_calls))
            windows.settle(call, usage(what[1]), now)
            model.settle(call, what[1] or 0, now)
        elif step == "call":
            if model.room(what, now):
                open_calls.append(windows.take(what, now))
                model.call(what, now)
            else:
                with pytest.raises(LimitReached):
                    windows.take(what, now)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 40)), max_size=80))
def test_what_is_let_in_within_a_window_never_exceeds_the_limit(calls: list[tuple[float, int]]) -> None:
    windows, now = Windows("demo", LIMIT), 0.0
    requests: dict[int, int] = {}
    tokens: dict[int, int] = {}
    for wait, needed in calls:
        now += wait
        try:
            windows.take(needed, now)
        except LimitReached:
            continue
        requests[int(now // 10)] = requests.get(int(now // 10), 0) + 1
        tokens[int(now // 60)] = tokens.get(int(now // 60), 0) + needed
    assert max(requests.values(), default=0) <= 5
    assert max(tokens.values(), default=0) <= 100


@given(st.floats(0, 1e9), st.integers(0, 100))
def test_what_a_refusal_says_is_when_there_is_room_again(now: float, needed: int) -> None:
    windows = Windows("demo", LIMIT)
    windows.take(100, now)
    with pytest.raises(LimitReached) as refused:
        windows.take(needed + 1, now)
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= 60
    windows.take(needed, now + refused.value.retry_after)


def test_a_clock_that_is_set_back_opens_no_window_again() -> None:
    windows = Windows("demo", LIMIT)
    for now in (59.0, 60.0, 59.5, 60.0):
        windows.take(0, now)
    assert windows.requests.number == 6
    assert windows.requests.own == 3
