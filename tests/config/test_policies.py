"""Policies: what is read of them, and what is refused."""

import pytest

from tests.config.written import Folder
from zaffre.config.policies import Policy
from zaffre.config.schema import Config
from zaffre.config.stored import StoredReader
from zaffre.core.limits import Sku


def test_a_policy_is_read_with_all_its_words(folder: Folder) -> None:
    loaded = folder.load(
        "policies:\n"
        "  - {name: a, effect: allow, publishers: [OpenAI], models: ['gpt-*'], versions: [2024-11-20],\n"
        "     skus: [Standard], max_capacity: 10, content_filter: required, message: Ask us}\n"
        "  - {name: b, publishers: [Meta]}\n"
    )
    assert loaded.config.policies == (
        Policy("a", "allow", ("OpenAI",), ("gpt-*",), ("2024-11-20",), (Sku.STANDARD,), 10, "required", "Ask us"),
        Policy("b", "deny", ("Meta",)),
    )


def test_a_policy_is_read_from_one_json_object(folder: Folder) -> None:
    body = b'{"name": "a", "skus": ["GlobalStandard"], "max_capacity": 10}'
    found = StoredReader(folder.path, ()).read("policy a", body, Policy)
    assert found == Policy("a", skus=(Sku.GLOBAL_STANDARD,), max_capacity=10)


@pytest.mark.parametrize(
    ("policies", "mistake"),
    [
        ("[{models: [a]}]", "policies[0].name: expected a name of 1 to 64"),
        ("[{name: a, effect: audit, models: [a]}]", "policies[0].effect: expected one of allow, deny"),
        ("[{name: a, models: ['']}]", "policies[0].models[0]: expected a pattern of 1 to 200 characters"),
        ("[{name: a, skus: [standard]}]", "policies[0].skus[0]: expected one of Standard, "),
        ("[{name: a, max_capacity: 0}]", "policies[0].max_capacity: expected a whole number from 1 up"),
        ("[{name: a, content_filter: true}]", 'policies[0].content_filter: expected "required"'),
        (
            "[{name: a}]",
            "policies[0]: expected one of publishers, models, versions, skus, max_capacity, content_filter",
        ),
        (
            "[{name: a, models: []}]",
            "policies[0].models: expected at least one (leave the key out for any), found none",
        ),
        ("[{name: a, models: [a]}, {name: A, models: [b]}]", 'policies[1].name: expected a name of its own, found "A"'),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(folder: Folder, policies: str, mistake: str) -> None:
    (line,) = folder.mistakes(f"policies: {policies}\n")
    assert mistake in line


def test_there_are_no_policies_unless_they_are_written() -> None:
    assert Config().policies == ()
