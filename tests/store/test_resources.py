"""What is kept of resources, and of who changed them."""

import asyncio
from pathlib import Path

import pytest

from zaffre.core.resources import Edit, Kind, Moved, Resource
from zaffre.store import AnyDatabase, Database, Resources

A = Edit(Kind.DEPLOYMENT, "Mistral", b'{"model":"mistral-large"}')
B = Edit(Kind.CONNECTION, "vllm", b'{"provider":"vllm"}')
GONE = Edit(Kind.DEPLOYMENT, "mistral", None)


@pytest.fixture
def resources(database: AnyDatabase) -> Resources:
    return Resources(database, now=lambda: 1000.5)


async def test_nothing_is_made_to_learn_that_nothing_is_kept(tmp_path: Path) -> None:
    database = Database(tmp_path)
    resources = Resources(database)
    assert await resources.revision() == 0
    assert not (await resources.since(0)).resources
    assert await resources.audit() == []
    assert not database.exists


async def test_what_was_put_is_there_with_the_number_of_its_change(resources: Resources) -> None:
    assert await resources.edit([A, B], actor="key-1", at=0) == 2
    found = await resources.since(0)
    assert found.revision == 2
    assert list(found.resources) == [
        Resource(Kind.CONNECTION, "vllm", b'{"provider":"vllm"}', 2, 1000.5, 1000.5),
        Resource(Kind.DEPLOYMENT, "Mistral", b'{"model":"mistral-large"}', 1, 1000.5, 1000.5),
    ]


async def test_only_what_has_changed_since_is_told(resources: Resources) -> None:
    await resources.edit([A, B], actor="key-1", at=0)
    changed = Edit(Kind.DEPLOYMENT, "MISTRAL", b'{"model":"mistral-small"}')
    await resources.edit([changed], actor="key-1", at=2)
    since = await resources.since(2)
    assert [(each.name, each.body, each.version) for each in since.resources] == [("MISTRAL", changed.body, 3)]
    assert list(since.gone) == []


async def test_what_is_gone_is_told_in_lower_case(resources: Resources) -> None:
    await resources.edit([A, B], actor="key-1", at=0)
    assert await resources.edit([GONE], actor="key-1", at=2) == 3
    since = await resources.since(2)
    assert list(since.gone) == [(Kind.DEPLOYMENT, "mistral")]
    assert list(since.resources) == []


async def test_what_was_deleted_and_made_again_is_not_gone(resources: Resources) -> None:
    await resources.edit([A, GONE, A], actor="key-1", at=0)
    since = await resources.since(0)
    assert list(since.gone) == []
    assert [each.version for each in since.resources] == [3]


async def test_deleting_what_is_not_there_changes_nothing(resources: Resources) -> None:
    assert await resources.edit([GONE], actor="key-1", at=0) == 0
    assert await resources.audit() == []


async def test_who_decided_upon_what_is_old_is_refused_and_nothing_is_changed(resources: Resources) -> None:
    await resources.edit([A], actor="key-1", at=0)
    with pytest.raises(Moved):
        await resources.edit([B], actor="key-2", at=0)
    assert await resources.revision() == 1


async def test_of_many_at_one_revision_one_wins(resources: Resources) -> None:
    edits = [Edit(Kind.POLICY, f"rule-{number}", b"{}") for number in range(20)]
    results = await asyncio.gather(
        *(resources.edit([each], actor="cli", at=0) for each in edits), return_exceptions=True
    )
    assert [each for each in results if each == 1] == [1]
    assert sum(isinstance(each, Moved) for each in results) == 19


async def test_the_audit_tells_who_did_what_newest_first(resources: Resources) -> None:
    await resources.edit([A], actor="key-1", at=0)
    await resources.edit([Edit(Kind.DEPLOYMENT, "mistral", b"{}")], actor="key-2", at=1)
    await resources.edit([GONE, B], actor="cli", at=2)
    rows = await resources.audit(Kind.DEPLOYMENT, "MISTRAL")
    assert [(row.number, row.actor, row.action, row.before, row.after) for row in rows] == [
        (3, "cli", "delete", b"{}", None),
        (2, "key-2", "update", A.body, b"{}"),
        (1, "key-1", "create", None, A.body),
    ]
    assert [row.number for row in await resources.audit(most=1)] == [4]
    assert [row.name for row in await resources.audit(Kind.CONNECTION)] == ["vllm"]
