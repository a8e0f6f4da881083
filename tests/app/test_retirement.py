"""Models that are no longer there: refused where the configuration asks for it, and told about."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.app.configured import answer, asked, chat, loaded
from zaffre.app import Application
from zaffre.app.daily import Daily
from zaffre.app.loading import read
from zaffre.core.lifetime import Calendar
from zaffre.core.resources import Kind
from zaffre.net.client import Client

DEPLOYMENTS = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
deployments:
  going: {model: scripted-chat, connection: script, version: "1", retires: 2026-10-01}
  staying: {model: scripted-chat, connection: script}
  reserved: {model: scripted-chat, connection: script, sku: ProvisionedManaged, capacity: 1, tpm: 1, spillover: going}
"""
REFUSING = DEPLOYMENTS + "retirement: {refuse: true}\n"


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def serving(folder: Path, text: str, clock: Clock) -> AsyncIterator[Application]:
    file = loaded(folder, text)
    served = Application(file.config, folder / "data", Client(), outline=file.outline, calendar=Calendar(clock))
    await served.resume()
    try:
        yield served
    finally:
        await served.close()


async def test_a_retired_model_is_refused_from_its_day_on(tmp_path: Path) -> None:
    clock = Clock()
    async with serving(tmp_path, REFUSING, clock) as served:
        before, _ = await answer(served, "/models/chat/completions", chat("Hi", "going"))
        clock.now += timedelta(minutes=1)
        after, body = await answer(served, "/models/chat/completions", chat("Hi", "going"))
        other, _ = await answer(served, "/models/chat/completions", chat("Hi", "staying"))
    assert (before, after, other) == (200, 410, 200)
    assert body["error"]["code"] == "ModelDeprecated"
    assert body["error"]["message"] == (
        "The model of the deployment 'going', scripted-chat 1, was retired on 2026-10-01 and is no longer available. "
        "Use another deployment."
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/openai/deployments/going/chat/completions", chat("Hi", "going")),
        ("/openai/v1/chat/completions", chat("Hi", "going")),
        ("/v1/responses", {"model": "going", "input": "Hi", "store": False}),
        ("/openai/deployments/going/completions", {"prompt": "Hi"}),
    ],
)
async def test_every_surface_refuses_it_with_the_same_words(tmp_path: Path, path: str, body: Any) -> None:
    clock = Clock()
    clock.now += timedelta(days=1)
    query = "api-version=2024-10-21" if "deployments" in path else ""
    async with serving(tmp_path, REFUSING, clock) as served:
        request = asked(path, body)
        response = await served.handle(type(request)("POST", path, query, request.headers, request.body))
    assert response.status == 410
    assert isinstance(response.body, bytes)
    assert json.loads(response.body)["error"]["code"] == "ModelDeprecated"


async def test_without_refuse_the_call_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    clock.now += timedelta(days=1)
    async with serving(tmp_path, DEPLOYMENTS, clock) as served:
        assert (await answer(served, "/models/chat/completions", chat("Hi", "going")))[0] == 200


async def test_nothing_spills_over_to_a_retired_model(tmp_path: Path) -> None:
    clock = Clock()
    async with serving(tmp_path, REFUSING, clock) as served:
        for _ in range(3):
            status, _ = await answer(served, "/models/chat/completions", chat("Hi " * 50, "reserved"))
        assert status == 200
        clock.now += timedelta(days=1)
        status, _ = await answer(served, "/models/chat/completions", chat("Hi " * 50, "reserved"))
    assert status == 429


async def test_the_end_is_in_the_list_of_models(tmp_path: Path) -> None:
    async with serving(tmp_path, DEPLOYMENTS, Clock()) as served:
        _, body = await answer(served, "/v1/models")
    ends = {each["id"]: each["deprecation"] for each in body["data"]}
    assert ends["going"] == {"inference": int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())}
    assert ends["staying"] == {}


UPGRADED = """\
connections: {openai: {provider: openai, credential: "env:OPENAI_KEY"}}
deployments:
  follows: {model: gpt-4, version: "0314", connection: openai, version_upgrade: once-new-default}
  stays: {model: gpt-4, version: "0314", connection: openai, version_upgrade: none}
"""


async def test_the_version_that_is_said_follows_the_default_one_where_it_is_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_KEY", "a-key")
    async with serving(tmp_path, UPGRADED, Clock()) as served:
        _, body = await answer(served, "/api/projects/p/deployments")
    assert {each["name"]: each["modelVersion"] for each in body["value"]} == {"follows": "0613", "stays": "0314"}


def test_reading_a_file_warns_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{reply: {text: x}}]")
    (tmp_path / "zaffre.yaml").write_text(DEPLOYMENTS)
    (warning,) = read(tmp_path / "zaffre.yaml", calendar=Calendar(Clock())).warnings
    assert warning == (
        f"{tmp_path}/zaffre.yaml:4: deployments.going.retires: scripted-chat 1 retires on 2026-10-01, in 1 day"
    )


async def test_a_stored_deployment_is_told_about_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps({"model": "m", "connection": "script", "retires": "2026-10-01"}).encode()
    async with serving(tmp_path, DEPLOYMENTS, Clock()) as served:
        await served.control.change(Kind.DEPLOYMENT, "mine", lambda _: body, actor="test")
    with caplog.at_level(logging.WARNING, "zaffre.app"):
        async with serving(tmp_path, DEPLOYMENTS, Clock()):
            pass
    assert [record.getMessage() for record in caplog.records] == ["Deployment mine: m retires on 2026-10-01, in 1 day."]


class Waiting:
    """Waits that a test ends."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[float] = asyncio.Queue()
        self.over: asyncio.Queue[None] = asyncio.Queue()

    async def __call__(self, seconds: float) -> None:
        self.asked.put_nowait(seconds)
        await self.over.get()


async def test_once_a_day_it_is_said_again() -> None:
    clock, waiting, told = Clock(), Waiting(), []
    wait: Callable[[float], Awaitable[None]] = waiting
    daily = Daily(Calendar(clock), lambda: told.append(clock.now.date()), wait)
    daily.start()
    assert await waiting.asked.get() == 60
    # Too early: the same day is not another one.
    waiting.over.put_nowait(None)
    assert await waiting.asked.get() == 60
    clock.now += timedelta(minutes=2)
    waiting.over.put_nowait(None)
    assert await waiting.asked.get() == 86_340
    assert told == [date(2026, 10, 1)]
    await daily.close()
