"""Any classifier behind HTTP: where its scores are is configuration."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.upstream import Upstream, whole
from zaffre.core.errors import ClassifierFailed
from zaffre.safety.adapters.adapter import Adapter
from zaffre.safety.adapters.any_http import AnyHttp
from zaffre.safety.adapters.cuts import Cuts
from zaffre.safety.adapters.paths import number_at
from zaffre.safety.adapters.remote import Remote


async def test_scores_are_read_where_the_paths_lead(
    remote: Remote, server: Upstream, adapted: Callable[..., Adapter]
) -> None:
    server.answer = whole([[{"label": "toxic", "score": 0.7}, {"label": "insult", "score": 0.9}], {"inject": True}])
    there = AnyHttp(
        remote,
        {"hate": ("0.label=toxic.score", "0.label=insult.score"), "sexual": ("0.0.score",), "jailbreak": ("1.inject",)},
        path="/predict?all=true",
        text="inputs",
        body={"truncate": True},
        cuts={"sexual": Cuts(0.2, 0.5, 0.7)},
    )
    found = await adapted(there).classify("a text", "prompt")
    assert found.severities == {"hate": 6, "sexual": 6}
    assert found.scores == {"hate": 0.9, "sexual": 0.7, "jailbreak": 1.0}
    assert found.detected == {"jailbreak": True}
    assert server.asked[0].target == "/predict?all=true"
    assert server.asked[0].json == {"truncate": True, "inputs": "a text"}


async def test_each_attack_is_looked_for_where_it_comes(
    remote: Remote, server: Upstream, adapted: Callable[..., Adapter]
) -> None:
    server.answer = whole({"score": 0.6})
    both = adapted(AnyHttp(remote, {"jailbreak": ("score",), "indirect_attack": ("score",)}, attack_cut=0.7))
    assert (await both.classify("a text", "prompt")).detected == {"jailbreak": False}
    assert (await both.classify("a text", "document")).detected == {"indirect_attack": False}
    assert (await both.classify("a text", "completion")).detected == {}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": 1}, "b"),
        ({"a": [0.5]}, "a.1"),
        ({"a": [0.5]}, "a.-1"),
        ({"a": [0.5]}, "a.²"),
        ({"a": [{"l": "x", "s": 0.5}]}, "a.l=y.s"),
        ({"a": "0.5"}, "a"),
        ({"a": None}, "a"),
        ({"a": {}}, "a"),
        ({"a": 1.01}, "a"),
        ({"a": -0.5}, "a"),
        ({"a": float("nan")}, "a"),
        ("text", "0"),
    ],
)
def test_a_path_to_nowhere_is_a_failure_and_not_safe(value: Any, path: str) -> None:
    with pytest.raises(ClassifierFailed):
        number_at(value, path)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.text("ab01.=", max_size=8))
def test_whatever_is_answered_is_a_score_or_a_failure(value: Any, path: str) -> None:
    with suppress(ClassifierFailed):
        assert 0 <= number_at(value, path) <= 1
