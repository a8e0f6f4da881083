"""Deployments that are made, changed and deleted while the server answers."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.configured import answer, application, chat, config, resumed
from zaffre.app import Application
from zaffre.core.errors import (
    DeclaredInFile,
    InvalidResource,
    PreconditionFailed,
    ResourceConflict,
)
from zaffre.core.resources import Edit, Kind, Resource
from zaffre.services.control.control import Precondition

FILE = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo: {model: scripted-chat, connection: script}
"""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Application]:
    async with resumed(tmp_path, FILE) as served:
        yield served


async def put(served: Application, name: str, precondition: Precondition | None = None, **body: object) -> Resource:
    said = json.dumps({"model": "scripted-chat", "connection": "script", **body}).encode()
    return await served.control.change(
        Kind.DEPLOYMENT, name, lambda _: said, actor="test", precondition=precondition or Precondition()
    )


async def test_a_new_deployment_answers_at_once(served: Application) -> None:
    before, _ = await answer(served, "/models/chat/completions", chat("Hi", "mistral"))
    await put(served, "Mistral")
    after, body = await answer(served, "/models/chat/completions", chat("Hi", "mistral"))
    assert (before, after) == (404, 200)
    assert body["choices"][0]["message"]["content"] == "You said: Hi"


async def test_a_changed_one_answers_as_it_is_now(served: Application) -> None:
    first = await put(served, "mistral", version="1")
    second = await put(served, "mistral", version="2")
    assert (first.version, second.version) == (1, 2)
    await served.control.delete(Kind.DEPLOYMENT, "MISTRAL", actor="test")
    assert (await answer(served, "/models/chat/completions", chat("Hi", "mistral")))[0] == 404


async def test_what_the_file_declares_is_changed_there(served: Application, tmp_path: Path) -> None:
    with pytest.raises(DeclaredInFile, match=r"zaffre\.yaml:4"):
        await put(served, "DEMO")
    with pytest.raises(DeclaredInFile, match="declared in"):
        await served.control.delete(Kind.DEPLOYMENT, "demo", actor="test")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"connection": "scrip"}, 'connection: expected a known connection (did you mean "script"?), found "scrip"'),
        ({"capacity": 3}, "capacity: expected a sku beside it, which says what a unit is, found none"),
        ({"sku": "Gold", "capacity": 3}, "sku: expected one of"),
        ({"colour": "blue"}, "colour: expected"),
        ({"rpm": 0}, 'rpm: expected a whole number from 1 up, found "0"'),
        ({"spillover": "demo"}, "spillover: expected spillover only with a provisioned sku, found none"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_kept(
    served: Application, body: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidResource) as refused:
        await put(served, "mistral", **body)
    assert message in str(refused.value)
    assert await served.services.resources.revision() == 0


async def test_a_name_that_no_file_could_have_is_refused(served: Application) -> None:
    with pytest.raises(InvalidResource, match="name: expected a name of 1 to 64"):
        await put(served, "no/such")


async def test_a_credential_is_kept_as_a_reference_only(served: Application) -> None:
    def said(_: Resource | None) -> bytes:
        return b'{"provider":"openai","credential":"sk-secret"}'

    with pytest.raises(InvalidResource, match="credential: expected a reference") as refused:
        await served.control.change(Kind.CONNECTION, "openai", said, actor="test")
    assert "sk-secret" not in str(refused.value)


async def test_a_connection_in_use_is_not_deleted(served: Application) -> None:
    def said(_: Resource | None) -> bytes:
        return b'{"provider":"openai","base_url":"http://127.0.0.1:9","credential":"env:PATH"}'

    await served.control.change(Kind.CONNECTION, "mine", said, actor="test")
    await put(served, "mistral", connection="mine")
    with pytest.raises(ResourceConflict, match="used by the deployment 'mistral'"):
        await served.control.delete(Kind.CONNECTION, "mine", actor="test")
    assert await served.control.delete(Kind.DEPLOYMENT, "mistral", actor="test")
    assert await served.control.delete(Kind.CONNECTION, "mine", actor="test")
    assert not await served.control.delete(Kind.CONNECTION, "mine", actor="test")


async def test_who_has_read_an_older_version_changes_nothing(served: Application) -> None:
    first = await put(served, "mistral", version="1")
    await put(served, "mistral", Precondition(version=first.version), version="2")
    with pytest.raises(PreconditionFailed):
        await put(served, "mistral", Precondition(version=first.version), version="3")
    with pytest.raises(PreconditionFailed):
        await put(served, "mistral", Precondition(absent=True), version="3")


async def test_another_process_sees_it_without_a_restart(served: Application, tmp_path: Path) -> None:
    other = application(tmp_path, FILE)
    try:
        await other.resume()
        await put(served, "mistral")
        await other.control.refresh()
        assert (await answer(other, "/models/chat/completions", chat("Hi", "mistral")))[0] == 200
    finally:
        await other.close()


async def test_two_processes_that_count_up_lose_no_count(served: Application, tmp_path: Path) -> None:
    """Each change is made of what is there: were one lost, the sum would be too low."""
    other = application(tmp_path, FILE)
    await put(served, "mistral", rpm=1)

    def one_more(present: Resource | None) -> bytes:
        assert present is not None
        body = json.loads(present.body)
        return json.dumps({**body, "rpm": body["rpm"] + 1}).encode()

    try:
        await asyncio.gather(
            *(
                each.control.change(Kind.DEPLOYMENT, "mistral", one_more, actor="test")
                for _ in range(15)
                for each in (served, other)
            )
        )
        await served.control.refresh()
        found = served.control.state.get(Kind.DEPLOYMENT, "mistral")
        assert found is not None
        assert json.loads(found.body)["rpm"] == 31
    finally:
        await other.close()


async def test_what_the_file_declares_later_wins_with_a_warning(
    served: Application, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await put(served, "mistral", model="stored")
    with caplog.at_level(logging.WARNING):
        served.reload(config(tmp_path, f"{FILE}  mistral: {{model: declared, connection: script}}\n"))
    assert "stored deployment mistral is not in force" in caplog.text
    _, body = await answer(served, "/models/chat/completions", chat("Hi", "mistral"))
    assert body["model"] == "declared"
    served.reload(config(tmp_path, FILE))
    _, body = await answer(served, "/models/chat/completions", chat("Hi", "mistral"))
    assert body["model"] == "stored"


async def test_the_audit_says_who_changed_what(served: Application) -> None:
    await put(served, "mistral", version="1")
    await served.control.delete(Kind.DEPLOYMENT, "mistral", actor="somebody")
    rows = await served.services.resources.audit(Kind.DEPLOYMENT, "mistral")
    assert [(row.actor, row.action) for row in rows] == [("somebody", "delete"), ("test", "create")]


async def test_a_hundred_at_once_create_delete_and_call(served: Application) -> None:
    """Nothing fails, and what is there at the end is what was last said."""

    async def create(number: int) -> None:
        await put(served, f"d{number % 20}", version=str(number))

    async def delete(number: int) -> None:
        await served.control.delete(Kind.DEPLOYMENT, f"d{number % 20}", actor="test")

    async def call(number: int) -> None:
        status, _ = await answer(served, "/models/chat/completions", chat("Hi", f"d{number % 20}"))
        assert status in (200, 404)
        status, _ = await answer(served, "/models/chat/completions", chat("Hi", "demo"))
        assert status == 200

    steps = (create, call, delete, call, create)
    await asyncio.gather(*(step(number) for number in range(20) for step in steps))
    kept = {each.name for each in served.control.state.of(Kind.DEPLOYMENT)}
    assert kept == {f"d{number}" for number in range(20)}
    for name in kept:
        assert (await answer(served, "/models/chat/completions", chat("Hi", name)))[0] == 200


async def test_what_cannot_be_used_any_more_is_left_out_and_the_rest_answers(
    served: Application, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filtered = f"{FILE}content_filters: {{strict: {{hate: low}}}}\n"
    served.reload(config(tmp_path, filtered))
    await put(served, "strict", content_filter="strict")
    await put(served, "plain")
    served.reload(config(tmp_path, FILE))
    assert "strict is not in force: its content filter 'strict' is not there" in caplog.text
    assert (await answer(served, "/models/chat/completions", chat("Hi", "strict")))[0] == 404
    assert (await answer(served, "/models/chat/completions", chat("Hi", "plain")))[0] == 200
    served.reload(config(tmp_path, filtered))
    assert (await answer(served, "/models/chat/completions", chat("Hi", "strict")))[0] == 200


async def test_a_connection_that_cannot_be_used_here_is_mended_by_a_change(served: Application) -> None:
    """As another node may have kept it, for which it was good."""
    body = b'{"provider":"azure-openai","credential":"env:PATH"}'
    await served.services.resources.edit([Edit(Kind.CONNECTION, "mine", body)], actor="another", at=0)
    assert await served.control.refresh()
    assert (Kind.CONNECTION, "mine") in served.control.effective.problems
    whole = b'{"provider":"openai","base_url":"http://127.0.0.1:9/v1","credential":"env:PATH"}'
    await served.control.change(Kind.CONNECTION, "mine", lambda _: whole, actor="test")
    assert not served.control.effective.problems
    await put(served, "mistral", connection="mine")


async def test_a_content_filter_is_made_and_used_and_not_deleted_while_it_is(served: Application) -> None:
    def said(_: Resource | None) -> bytes:
        return b'{"base":"Microsoft.Default","blocklists":["words"]}'

    with pytest.raises(InvalidResource, match=r"blocklists\[0\]: expected a known blocklist"):
        await served.control.change(Kind.CONTENT_FILTER, "strict", said, actor="test")
    item = Edit(Kind.BLOCKLIST_ITEM, "words/1", b'{"pattern":"nightjar"}')
    await served.control.edit(lambda _: [Edit(Kind.BLOCKLIST, "words", b"{}"), item], actor="test")
    await served.control.change(Kind.CONTENT_FILTER, "strict", said, actor="test")
    await put(served, "mistral", content_filter="strict")
    assert (await answer(served, "/models/chat/completions", chat("Project Nightjar", "mistral")))[0] == 400
    assert (await answer(served, "/models/chat/completions", chat("Project Robin", "mistral")))[0] == 200
    more = Edit(Kind.BLOCKLIST_ITEM, "words/2", b'{"pattern":"robin"}')
    await served.control.edit(lambda _: [more], actor="test")
    assert (await answer(served, "/models/chat/completions", chat("Project Robin", "mistral")))[0] == 400
    with pytest.raises(ResourceConflict, match="used by the deployment 'mistral'"):
        await served.control.delete(Kind.CONTENT_FILTER, "strict", actor="test")
    await put(served, "mistral", content_filter="off")
    assert await served.control.delete(Kind.CONTENT_FILTER, "strict", actor="test")
