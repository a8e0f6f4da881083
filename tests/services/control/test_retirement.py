"""Which version a deployment is said to have, until when, and what its operator hears of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zaffre.catalog.versions import ModelVersion
from zaffre.config.retirement import NEVER
from zaffre.config.schema import Config, ConnectionConfig, DeploymentConfig, ProviderName
from zaffre.core.lifetime import Stage
from zaffre.services.control.retirement import UPGRADE_OPTIONS, notice, notices, planned, service_of, stages

OLD, NEW = date(2026, 6, 1), date(2027, 6, 1)
KNOWN = (
    ModelVersion("m", "2024-05-13", OLD, replacement="n", service="Azure", link="https://page"),
    ModelVersion("m", "2024-08-06", NEW, default=True, service="Azure", link="https://page"),
)


def deployment(version: str | None = "2024-05-13", **keys: Any) -> DeploymentConfig:
    return DeploymentConfig("m", "up", version, **keys)


def connection(provider: str, base_url: str | None = None) -> ConnectionConfig:
    return ConnectionConfig(ProviderName(provider), base_url)


@pytest.mark.parametrize(
    ("provider", "base_url", "service"),
    [
        ("azure-openai", "https://r.openai.azure.com", "Azure"),
        ("azure-ai-inference", "https://r.services.ai.azure.com/models", "Azure"),
        ("azure-ai-inference", "http://127.0.0.1:8080/models", None),
        ("openai", None, "OpenAI"),
        ("openai", "http://127.0.0.1:8000/v1", None),
        ("mistral", None, "Mistral AI"),
        ("vllm", None, None),
        ("local", None, None),
        ("scripted", None, None),
    ],
)
def test_a_service_is_told_by_where_the_connection_leads(
    provider: str, base_url: str | None, service: str | None
) -> None:
    assert service_of(connection(provider, base_url)) == service


def test_a_model_ends_at_its_service_and_stays_at_home() -> None:
    wanted = DeploymentConfig("gpt-4o", "up", "2024-11-20")
    assert stages(wanted, connection("openai")) == (Stage("2024-11-20", date(2027, 1, 14)),)
    assert stages(wanted, connection("vllm")) == (Stage("2024-11-20", None),)


@pytest.mark.parametrize(
    ("wanted", "plan"),
    [
        (deployment(), (Stage("2024-05-13", OLD), Stage("2024-08-06", NEW))),
        (deployment(version_upgrade="none"), (Stage("2024-05-13", OLD),)),
        (deployment(version_upgrade="once-new-default"), (Stage("2024-08-06", NEW),)),
        (deployment("2024-08-06", version_upgrade="once-new-default"), (Stage("2024-08-06", NEW),)),
        (deployment("2025-01-01", version_upgrade="once-new-default"), (Stage("2025-01-01", None),)),
        (deployment(None), (Stage("", NEW),)),
        (deployment("9"), (Stage("9", None),)),
        (deployment(retires=date(2026, 1, 1)), (Stage("2024-05-13", date(2026, 1, 1)), Stage("2024-08-06", NEW))),
        (deployment(retires=NEVER), (Stage("2024-05-13", None),)),
        (deployment(retires=date(2028, 1, 1)), (Stage("2024-05-13", date(2028, 1, 1)),)),
    ],
)
def test_a_version_is_followed_by_the_default_one_as_the_deployment_asks(
    wanted: DeploymentConfig, plan: tuple[Stage, ...]
) -> None:
    assert planned(wanted, KNOWN) == plan


@pytest.mark.parametrize("name", ["m-2024-05-13", "2024-05-13", "m@2024-05-13", "M_2024-05-13"])
@pytest.mark.parametrize("upgrade", ["once-new-default", "once-current-expired"])
def test_a_version_in_the_upstreams_name_of_the_model_stays(name: str, upgrade: Any) -> None:
    wanted = deployment(upstream_model=name, version_upgrade=upgrade)
    assert planned(wanted, KNOWN) == (Stage("2024-05-13", OLD),)


def test_without_a_default_a_version_has_none_after_it() -> None:
    assert planned(deployment(), KNOWN[:1]) == (Stage("2024-05-13", OLD),)


def test_where_nobody_says_a_version_the_model_ends_with_its_last() -> None:
    undecided = tuple(ModelVersion("m", each.version, each.retires) for each in KNOWN)
    assert planned(deployment(None), undecided) == (Stage("", NEW),)
    assert planned(deployment(None), (*undecided, ModelVersion("m", "x"))) == (Stage("", None),)
    assert planned(deployment(None), ()) == (Stage("", None),)


def test_a_row_for_any_version_is_every_versions() -> None:
    assert planned(deployment("7"), (ModelVersion("m", "", OLD),)) == (Stage("7", OLD),)


@pytest.mark.parametrize(
    ("wanted", "before", "text"),
    [
        (deployment(), 91, None),
        (
            deployment(),
            90,
            (
                "m 2024-05-13 retires at Azure on 2026-06-01, in 90 days; its version is 2024-08-06 from then on; "
                "suggested instead: n (https://page)"
            ),
        ),
        (
            deployment(version_upgrade="none"),
            1,
            "m 2024-05-13 retires at Azure on 2026-06-01, in 1 day; suggested instead: n (https://page)",
        ),
        (
            deployment(version_upgrade="none"),
            0,
            "m 2024-05-13 was retired at Azure on 2026-06-01; suggested instead: n (https://page)",
        ),
        (deployment(), -1, None),
        (deployment(), -365, "m 2024-08-06 was retired at Azure on 2027-06-01 (https://page)"),
        (deployment("9", retires=OLD, version_upgrade="none"), 3, "m 9 retires on 2026-06-01, in 3 days"),
        (deployment(None, retires=OLD, version_upgrade="none"), -3, "m was retired on 2026-06-01"),
        (deployment(retires=NEVER), 0, None),
    ],
)
def test_an_operator_hears_of_it_in_time(wanted: DeploymentConfig, before: int, text: str | None) -> None:
    assert notice(wanted, KNOWN, OLD - timedelta(days=before), 90) == text


def test_every_deployment_is_looked_at_with_the_configurations_own_days() -> None:
    config = Config(
        connections={"up": connection("azure-openai", "https://r.openai.azure.com"), "home": connection("vllm")},
        deployments={
            "there": DeploymentConfig("gpt-5", "up", "2025-08-07"),
            "mine": DeploymentConfig("gpt-5", "home", retires=date(2027, 2, 6)),
            "home": DeploymentConfig("gpt-5", "home"),
        },
    )
    found = list(notices(config, date(2027, 1, 1)))
    assert [(each.deployment, each.key) for each in found] == [("there", "version"), ("mine", "retires")]
    assert "gpt-5 2025-08-07 retires at Azure on 2027-02-06, in 36 days (https://github.com/" in found[0].text


def test_azures_words_for_upgrades_are_all_there() -> None:
    assert sorted(UPGRADE_OPTIONS.values()) == [
        "NoAutoUpgrade",
        "OnceCurrentVersionExpired",
        "OnceNewDefaultVersionAvailable",
    ]
    assert DeploymentConfig("m", "up").version_upgrade == "once-current-expired"


DAYS = st.none() | st.dates(date(2025, 1, 1), date(2029, 1, 1))
ROWS = st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), DAYS), unique_by=lambda row: row[0], max_size=3)


@given(
    ROWS,
    st.sampled_from([None, "1", "2", "3"]),
    st.sampled_from([None, "1", "2", "3"]),
    st.sampled_from(list(UPGRADE_OPTIONS)),
)
def test_stages_go_forward_and_only_the_last_may_be_endless(
    rows: list[tuple[str, date | None]], default: str | None, version: str | None, upgrade: Any
) -> None:
    known = [ModelVersion("m", name, until, name == default) for name, until in rows]
    plan = planned(deployment(version, version_upgrade=upgrade), known)
    ends = [stage.until for stage in plan]
    assert len(plan) in (1, 2)
    assert all(end is not None for end in ends[:-1])
    assert sorted(end or date.max for end in ends) == [end or date.max for end in ends]
