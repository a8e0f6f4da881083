"""Versions of models at services: each with who says so."""

from datetime import date

import pytest

from zaffre.catalog import versions
from zaffre.catalog.models import known

PAGES = versions.schedules()
ROWS = [(page.service, each) for page in PAGES for each in page.versions]


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("my-resource.openai.azure.com", "Azure"),
        ("MY-RESOURCE.SERVICES.AI.AZURE.COM.", "Azure"),
        ("api.openai.com", "OpenAI"),
        ("api.mistral.ai", "Mistral AI"),
        ("127.0.0.1", None),
        ("notopenai.azure.com", None),
        ("api.openai.com.example.org", None),
        ("", None),
    ],
)
def test_a_service_is_known_by_its_hosts(host: str, service: str | None) -> None:
    assert versions.service_at(host) == service


def test_a_version_is_found_in_any_letter_case_with_its_date_and_link() -> None:
    (found,) = versions.versions("DEEPSEEK-r1", "Azure")
    assert (found.version, found.retires, found.replacement) == ("1", date(2026, 8, 13), "DeepSeek-V4-Pro")
    assert found.service == "Azure"
    assert "concepts-model-retirement-schedule-content.md" in found.link


def test_one_model_ends_at_different_days_at_different_services() -> None:
    ends = {
        service: {each.version: each.retires for each in versions.versions("gpt-4o", service)}["2024-11-20"]
        for service in ("Azure", "OpenAI")
    }
    assert ends == {"Azure": date(2026, 10, 1), "OpenAI": date(2027, 1, 14)}


def test_a_model_that_no_page_speaks_of_has_no_versions() -> None:
    assert versions.versions("smollm2-135m-instruct", "Azure") == ()
    assert versions.versions("gpt-4o", "Mistral AI") == ()


def test_every_page_is_a_services_and_has_a_link() -> None:
    assert all(page.link.startswith("https://") for page in PAGES)
    assert all(versions.service_at(host) == service for service, host in versions.services())
    assert {page.service for page in PAGES} <= {service for service, _ in versions.services()}


def test_no_version_is_listed_twice_at_a_service() -> None:
    keys = [(service, each.model.lower(), each.version) for service, each in ROWS]
    assert len(keys) == len(set(keys))


def test_a_model_has_one_default_version_at_most_at_a_service() -> None:
    defaults = [(service, each.model.lower()) for service, each in ROWS if each.default]
    assert defaults
    assert len(defaults) == len(set(defaults))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1].model}-{row[1].version}")
def test_a_model_is_spelled_as_the_catalog_spells_it(row: tuple[str, versions.ModelVersion]) -> None:
    model = row[1].model
    facts = known().get(model.lower())
    assert facts is None or facts.name == model
