"""Background responses while configurations come and go, and when the application ends."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.configured import answer, application, asked, config
from zaffre.app import Application
from zaffre.app.unavailable import Unavailable
from zaffre.net.http import Request
from zaffre.services.responses.background import AT_ONCE
from zaffre.store import Database
from zaffre.store.migrations import Migration, migrations

PATH = "/openai/v1/responses"
ENDLESS = "rules: [{reply: {text: 'on and on', delay_ms: 600000}}]"
BEFORE = """\
connections:
  endless: {provider: scripted, rules: endless.yaml}
deployments:
  endless: {model: scripted-endless, connection: endless}
  demo: {model: scripted-before, connection: endless}
"""
AFTER = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  demo: {model: scripted-after, connection: script}
"""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Application]:
    (tmp_path / "endless.yaml").write_text(ENDLESS)
    running = application(tmp_path, BEFORE)
    yield running
    await running.close()


async def queued(running: Application, model: str) -> str:
    status, body = await answer(running, PATH, {"model": model, "input": "Hi", "background": True})
    assert (status, body["status"]) == (200, "queued")
    return str(body["id"])


async def until(running: Application, unique: str, status: str) -> Any:
    """The response, once it has that status."""
    async with asyncio.timeout(30):
        while (found := (await answer(running, f"{PATH}/{unique}"))[1])["status"] != status:  # noqa: ASYNC110 - as clients do it
            await asyncio.sleep(0.005)
    return found


async def cancelled(running: Application, unique: str) -> None:
    response = await running.handle(Request("POST", f"{PATH}/{unique}/cancel", "", {}))
    assert response.status == 200


async def test_what_is_under_way_keeps_its_configuration_until_it_is_over(running: Application, tmp_path: Path) -> None:
    unique = await queued(running, "endless")
    await until(running, unique, "in_progress")
    old = weakref.ref(running.setting)
    running.reload(config(tmp_path, AFTER))
    await asyncio.sleep(0)
    gc.collect()
    assert old() is not None
    assert (await answer(running, f"{PATH}/{unique}"))[1]["status"] == "in_progress"
    await cancelled(running, unique)
    async with asyncio.timeout(30):
        while old() is not None:
            await asyncio.sleep(0.005)
            gc.collect()


async def test_what_waits_is_answered_by_the_configuration_of_its_turn(running: Application, tmp_path: Path) -> None:
    under_way = [await queued(running, "endless") for _ in range(AT_ONCE)]
    for unique in under_way:
        await until(running, unique, "in_progress")
    waiting = await queued(running, "demo")
    lost = await queued(running, "endless")
    running.reload(config(tmp_path, AFTER))
    await cancelled(running, under_way[0])
    found = await until(running, waiting, "completed")
    assert (found["model"], found["output"][0]["content"][0]["text"]) == ("scripted-after", "You said: Hi")
    assert (await until(running, lost, "failed"))["error"]["message"] == "Unknown model: endless"


async def test_an_end_leaves_what_is_under_way_to_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "endless.yaml").write_text(ENDLESS)
    running = application(tmp_path, BEFORE)
    unique = await queued(running, "demo")
    await until(running, unique, "in_progress")
    await running.close()
    running = application(tmp_path, AFTER)
    await running.resume()
    assert (await until(running, unique, "completed"))["output"][0]["content"][0]["text"] == "You said: Hi"
    await running.close()


async def test_a_start_that_keeps_nothing_makes_no_database(tmp_path: Path) -> None:
    running = application(tmp_path, AFTER)
    await running.resume()
    assert (await running.handle(asked("/models/info"))).status == 200
    assert not Database(tmp_path / "data").exists
    await running.close()


async def test_a_start_refuses_a_database_that_a_newer_server_made(tmp_path: Path) -> None:
    newer = Database(tmp_path / "data", [*migrations(), Migration("9000_newer.contract.sql", "")])
    await newer.open()
    await newer.close()
    running = application(tmp_path, AFTER)
    with pytest.raises(Unavailable, match="is of version 9000: a newer zaffre made it"):
        await running.resume()
    await running.close()
