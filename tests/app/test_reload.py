"""A configuration takes another one's place while calls are under way."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.app.configured import answer, application, asked, chat, config
from tests.engine.local_requests import default_weights
from zaffre.app import Application
from zaffre.config.load import data_folder
from zaffre.engine.weights.prepare import prepare
from zaffre.engine.weights.progress import Progress

SCRIPTED = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
  local: {provider: local, context: 512}
deployments:
  demo: {model: scripted-chat, connection: script}
"""
LOCAL = f"{SCRIPTED}  tiny: {{model: smollm2-135m-instruct, connection: local}}\n"
RENAMED = f"{SCRIPTED}  small: {{model: smollm2-135m-instruct, connection: local}}\n"
LONG = chat("Count from one to one hundred.", "tiny", stream=True, max_tokens=200, seed=1)


@pytest.fixture(scope="session")
def data() -> Path:
    """The data folder of this machine, with the weights of the default chat model."""
    folder = data_folder()
    prepare(default_weights("smollm2-135m-instruct"), folder / "models", Progress())
    return folder


class Reader:
    """Reads one stream in a task of its own, as the server does: up to its first piece, then, when told, to its end."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> bytes:
        response = await self._application.handle(asked("/models/chat/completions", LONG))
        assert not isinstance(response.body, bytes)
        pieces = []
        async for piece in response.body:
            pieces.append(piece)
            self.begun.set()
            await self.go_on.wait()
        return b"".join(pieces)

    async def rest(self) -> bytes:
        self.go_on.set()
        async with asyncio.timeout(60):
            return await self.task


@asynccontextmanager
async def serving(folder: Path, text: str, data: Path) -> AsyncIterator[Application]:
    running = application(folder, text, data)
    running.start()
    try:
        yield running
    finally:
        await running.close()


@pytest.mark.parametrize("between", [[], [LOCAL], [LOCAL, LOCAL]], ids=["at once", "later", "much later"])
async def test_a_stream_of_a_model_that_goes_is_finished(tmp_path: Path, data: Path, between: list[str]) -> None:
    async with serving(tmp_path, LOCAL, data) as running:
        reader = Reader(running)
        await reader.begun.wait()
        for text in [*between, SCRIPTED]:
            running.reload(config(tmp_path, text))
        status, _ = await answer(running, "/models/chat/completions", chat("Hello!", "tiny"))
        assert status == 404
        assert (await reader.rest()).endswith(b"data: [DONE]\n\n")


async def test_a_model_under_another_name_stays_loaded(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(tmp_path, LOCAL, data) as running:
        assert (await answer(running, "/models/chat/completions", chat("Hello!", "tiny", max_tokens=2)))[0] == 200
        running.reload(config(tmp_path, RENAMED))
        assert (await answer(running, "/models/chat/completions", chat("Hello!", "small", max_tokens=2)))[0] == 200
    assert capsys.readouterr().err.count("is ready (") == 1


async def test_a_model_that_went_can_come_back(tmp_path: Path, data: Path) -> None:
    async with serving(tmp_path, LOCAL, data) as running:
        for text in (SCRIPTED, LOCAL, SCRIPTED, LOCAL):
            running.reload(config(tmp_path, text))
        status, _ = await answer(running, "/models/chat/completions", chat("Hello!", "tiny", max_tokens=2))
        assert status == 200


async def test_an_end_waits_for_no_call_of_an_old_configuration(tmp_path: Path, data: Path) -> None:
    async with serving(tmp_path, LOCAL, data) as running:
        reader = Reader(running)
        await reader.begun.wait()
        running.reload(config(tmp_path, SCRIPTED))
        async with asyncio.timeout(60):
            await running.close()
        reader.task.cancel()
        await asyncio.wait([reader.task])


async def test_scripted_answers_change_with_the_configuration_and_calls_keep_theirs(tmp_path: Path) -> None:
    running = application(tmp_path, SCRIPTED)
    response = await running.handle(asked("/models/chat/completions", chat("Hello!", "demo", stream=True)))
    assert not isinstance(response.body, bytes)
    running.reload(config(tmp_path, "{}"))
    assert (await answer(running, "/models/chat/completions", chat("Hello!", "demo")))[0] == 404
    pieces = b"".join([piece async for piece in response.body])
    assert b"Hello!" in pieces
    assert pieces.endswith(b"data: [DONE]\n\n")
    await running.close()


async def test_what_a_reload_replaces_is_let_go(tmp_path: Path) -> None:
    running = application(tmp_path, SCRIPTED)
    old, backends = weakref.ref(running.setting), weakref.ref(running.setting.backends)
    running.reload(config(tmp_path, SCRIPTED))
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    gc.collect()
    assert (old(), backends()) == (None, None)
    await running.close()


LIMITED = """\
connections: {script: {provider: scripted, rules: rules.yaml}}
deployments:
  demo:  {model: scripted-chat, connection: script, rpm: 6}
  other: {model: scripted-chat, connection: script, rpm: 6}
"""


async def test_a_limit_that_stays_the_same_keeps_what_it_has_counted(tmp_path: Path) -> None:
    running = application(tmp_path, LIMITED, now=lambda: 0.0)
    path = "/models/chat/completions"
    for name in ("demo", "other"):
        assert (await answer(running, path, chat("Hello!", name)))[0] == 200
    changed = LIMITED.replace("demo:  {model: scripted-chat", "Demo:  {model: another-chat")
    running.reload(config(tmp_path, changed.replace("script, rpm: 6}\n  other", "script, rpm: 6, tpm: 999}\n  other")))
    assert (await answer(running, path, chat("Hello!", "demo")))[0] == 200
    assert (await answer(running, path, chat("Hello!", "other")))[0] == 429
    running.reload(config(tmp_path, changed))
    assert (await answer(running, path, chat("Hello!", "other")))[0] == 429
    await running.close()
