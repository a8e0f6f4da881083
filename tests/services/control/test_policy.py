"""Which deployments the policies deny, and how they say so."""

from collections.abc import Sequence
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre import catalog
from zaffre.config.policies import Policy
from zaffre.config.schema import DeploymentConfig
from zaffre.core.limits import Sku
from zaffre.services.control.policy import Denial, denial, violations

LLAMA = "Llama-3.3-70B-Instruct"


def judged(policies: Sequence[Policy], wanted: DeploymentConfig) -> Denial | None:
    return denial(policies, "it", wanted, catalog.find(wanted.model))


def deployment(model: str = "gpt-4o", **keys: Any) -> DeploymentConfig:
    return DeploymentConfig(model, "up", **keys)


def fields(found: Denial | None) -> dict[str, str] | None:
    return None if found is None else {each.field: each.value for each in found.findings}


def test_without_policies_any_deployment_may_be() -> None:
    assert judged([], deployment()) is None
    assert violations([], {"a": deployment()}) == []


@pytest.mark.parametrize(
    ("rule", "wanted", "found"),
    [
        (Policy("r", publishers=("meta",)), deployment(LLAMA), {"publisher": "Meta"}),
        (Policy("r", publishers=("meta",)), deployment(), None),
        (Policy("r", models=("GPT-4O*",)), deployment("gpt-4o-mini"), {"model": "gpt-4o-mini"}),
        (Policy("r", models=("gpt-4o",)), deployment("gpt-4o-mini"), None),
        (Policy("r", models=("gpt-[45]*",)), deployment("gpt-5"), {"model": "gpt-5"}),
        (Policy("r", versions=("*-preview",)), deployment(version="0409-Preview"), {"version": "0409-Preview"}),
        (Policy("r", versions=("*-preview",)), deployment(), None),
        (Policy("r", versions=("",)), deployment(), {"version": ""}),
        (Policy("r", skus=(Sku.STANDARD,)), deployment(sku=Sku.STANDARD, capacity=1), {"sku": "Standard"}),
        (Policy("r", skus=(Sku.STANDARD,)), deployment(sku=Sku.GLOBAL_STANDARD, capacity=1), None),
        (Policy("r", skus=(Sku.STANDARD,)), deployment(), None),
        (
            Policy("r", publishers=("OpenAI",), versions=("2024-*",)),
            deployment(version="2024-11-20"),
            {"publisher": "OpenAI", "version": "2024-11-20"},
        ),
        (Policy("r", publishers=("OpenAI",), versions=("2024-*",)), deployment(version="2025-01-01"), None),
    ],
)
def test_a_deny_rule_denies_what_all_its_selectors_fit(
    rule: Policy, wanted: DeploymentConfig, found: dict[str, str] | None
) -> None:
    assert fields(judged([rule], wanted)) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (deployment(sku=Sku.STANDARD, capacity=10), None),
        (deployment(sku=Sku.STANDARD, capacity=11), {"capacity": "11"}),
        (deployment(), {"capacity": ""}),
        (deployment(sku=Sku.STANDARD, tpm=5), {"capacity": ""}),
        (deployment(sku=Sku.STANDARD, capacity=1, tpm=10_000, rpm=60), None),
        (deployment(sku=Sku.STANDARD, capacity=1, tpm=10_001, rpm=61), {"tpm": "10001", "rpm": "61"}),
        (deployment(sku=Sku.PROVISIONED_MANAGED, capacity=10, tpm=900_000), None),
    ],
)
def test_a_most_capacity_must_be_kept_whatever_else_the_deployment_says(
    wanted: DeploymentConfig, found: dict[str, str] | None
) -> None:
    assert fields(judged([Policy("r", max_capacity=10)], wanted)) == found


def test_a_condition_binds_only_those_that_the_selectors_fit() -> None:
    rule = Policy("r", publishers=("OpenAI",), max_capacity=10)
    assert judged([rule], deployment(LLAMA)) is None
    assert fields(judged([rule], deployment())) == {"capacity": ""}


def test_a_required_content_filter_must_be_there() -> None:
    rule = Policy("r", content_filter="required")
    assert judged([rule], deployment()) is None
    assert judged([rule], deployment(content_filter="Microsoft.Default")) is None
    assert fields(judged([rule], deployment(content_filter="off"))) == {"content_filter": ""}
    told = violations([rule], {"Bare": deployment(content_filter="off"), "Kept": deployment()})
    assert [each.deployment for each in told] == ["Bare"]


def test_where_there_are_allow_rules_one_must_allow() -> None:
    rules = [Policy("ours", "allow", publishers=("OpenAI",)), Policy("small", "allow", models=("Phi-*",))]
    assert judged(rules, deployment()) is None
    assert judged(rules, deployment("Phi-4")) is None
    found = judged(rules, deployment(LLAMA))
    assert found is not None
    assert found.policy == "ours, small"
    assert fields(found) == {"publisher": "Meta", "model": LLAMA}


def test_an_allow_rule_allows_only_what_meets_its_conditions() -> None:
    rule = Policy("r", "allow", publishers=("OpenAI",), max_capacity=10)
    assert judged([rule], deployment(sku=Sku.STANDARD, capacity=10)) is None
    assert fields(judged([rule], deployment(sku=Sku.STANDARD, capacity=11))) == {"capacity": "11"}


def test_a_deny_rule_wins_over_an_allow_rule_in_any_order() -> None:
    rules = [Policy("yes", "allow", models=("gpt-*",)), Policy("no", models=("gpt-4o",))]
    for order in (rules, rules[::-1]):
        found = judged(order, deployment())
        assert found is not None
        assert found.policy == "no"


def test_a_name_does_not_get_a_model_past_a_rule() -> None:
    disguised = deployment("harmless", upstream_model="gpt-4o")
    assert fields(judged([Policy("r", models=("gpt-*",))], disguised)) == {"upstream_model": "gpt-4o"}
    claimed = deployment(LLAMA, publisher="OpenAI")
    assert fields(judged([Policy("r", "allow", publishers=("OpenAI",))], claimed)) == {"publisher": "Meta"}


def test_a_model_that_nobody_has_described_has_the_publisher_that_is_said() -> None:
    rule = Policy("r", "allow", publishers=("Ours",))
    assert judged([rule], deployment("our-model", publisher="ours")) is None
    assert fields(judged([rule], deployment("our-model"))) == {"publisher": "unknown"}


def test_a_denial_says_rule_field_value_and_message() -> None:
    found = judged([Policy("no-meta", publishers=("Meta",), message="Ask the platform team")], deployment(LLAMA))
    assert found is not None
    assert (found.field, found.reason) == ("publisher", 'publisher "Meta" (Ask the platform team)')
    error = found.error()
    assert (error.status, error.code, error.target, error.policy) == (403, "RequestDisallowedByPolicy", "it", "no-meta")
    assert error.fields == {"publisher": "Meta"}
    assert error.message == (
        "Resource 'it' was disallowed by policy 'no-meta': publisher \"Meta\" (Ask the platform team)."
    )


MODELS = st.sampled_from(["gpt-4o", LLAMA, "Phi-4", "something-else"])
GLOBS = st.sampled_from(["gpt-*", "*", "Phi-4", "OpenAI", "M*"])
RULES = st.builds(
    Policy,
    name=st.sampled_from(["a", "b", "c"]),
    effect=st.sampled_from(["allow", "deny"]),
    publishers=st.none() | st.lists(GLOBS, min_size=1, max_size=2).map(tuple),
    models=st.lists(GLOBS, min_size=1, max_size=2).map(tuple),
    max_capacity=st.none() | st.integers(1, 20),
)
WANTED = st.builds(deployment, MODELS, sku=st.just(Sku.STANDARD), capacity=st.integers(1, 20))


@given(st.lists(RULES, max_size=4), RULES, WANTED)
def test_one_more_deny_rule_never_allows_what_was_denied(
    rules: list[Policy], more: Policy, wanted: DeploymentConfig
) -> None:
    effect: Literal["deny"] = "deny"
    stricter = [*rules, Policy(more.name, effect, more.publishers, more.models, max_capacity=more.max_capacity)]
    assert judged(rules, wanted) is None or judged(stricter, wanted) is not None


@given(st.lists(RULES, max_size=4).flatmap(lambda rules: st.tuples(st.just(rules), st.permutations(rules))), WANTED)
def test_the_order_of_the_rules_does_not_matter(
    orders: tuple[list[Policy], list[Policy]], wanted: DeploymentConfig
) -> None:
    first, second = orders
    assert (judged(first, wanted) is None) == (judged(second, wanted) is None)
