"""An engine serves a bounded number of calls, and works for nobody who has left."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.engine.local_requests import chat, default_weights
from zaffre.core.errors import Overloaded
from zaffre.engine.local import LocalModel, LocalModels, Options
from zaffre.engine.local.chat import LocalChat
from zaffre.engine.local.engine import Engine
from zaffre.engine.local.llama import Llama, OnEvent, Operation
from zaffre.engine.local.loading import Loading
from zaffre.engine.weights.progress import Progress

WEIGHTS = default_weights("smollm2-135m-instruct")
ENDLESS = {"stream": True, "return_progress": True, "ignore_eos": True, "max_tokens": 4000}


class Watched(Llama):
    """A loaded model that remembers what it said in its last run."""

    def __init__(self, llama: Llama) -> None:
        self._server = llama._server
        self.events: list[dict[str, object]] = []
        self.ended = threading.Event()

    def run(self, operation: Operation, body: bytes, on_event: OnEvent) -> None:
        self.events, self.ended = [], threading.Event()

        def watch(event: bytes) -> bool | None:
            self.events.append(msgspec.json.decode(event))
            return on_event(event)

        super().run(operation, body, watch)
        self.ended.set()

    @property
    def read_tokens(self) -> int:
        """How much of the prompt it has read."""
        progress = [event["prompt_progress"] for event in self.events if "prompt_progress" in event]
        return int(progress[-1]["processed"]) if progress else 0  # type: ignore[index]


@asynccontextmanager
async def engine_of(folder: Path, *, context: int = 4096, queue: int = 4) -> AsyncIterator[Engine]:
    loading = Loading("watched", WEIGHTS, Options(parallel=1, context=context), folder, Progress())
    engine = Engine(loading, 1, queue)
    yield engine
    await engine.close()


def asked(prompt: str, **fields: object) -> bytes:
    return msgspec.json.encode(ENDLESS | {"prompt": prompt, **fields})


async def test_a_closed_stream_stops_the_model_at_its_next_token(models_folder: Path, smollm2_file: Path) -> None:
    async with engine_of(models_folder) as engine:
        llama = Watched(await engine.loading.ready("watched"))
        stream = engine.events(llama, "complete", asked("Once"))
        said = [event async for event in _first(stream, 5)]
        await stream.aclose()
        ended = await asyncio.to_thread(llama.ended.wait, 30)
        assert ended
        assert 5 <= len(said) <= len(llama.events) < 200


async def test_a_cancelled_call_stops_the_model_in_the_middle_of_a_long_prompt(
    models_folder: Path, smollm2_file: Path
) -> None:
    async with engine_of(models_folder) as engine:
        llama = Watched(await engine.loading.ready("watched"))
        began = asyncio.Event()

        async def call() -> None:
            async for _ in engine.events(llama, "complete", asked("word " * 3500)):
                began.set()

        task = asyncio.create_task(call())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(llama.ended.wait, 30)
        assert llama.read_tokens < 3000


async def test_a_place_in_the_engine_is_free_again_when_its_caller_has_left(
    models_folder: Path, smollm2_file: Path
) -> None:
    async with engine_of(models_folder) as engine:
        llama = Watched(await engine.loading.ready("watched"))
        for _ in range(3):
            stream = engine.events(llama, "complete", asked("Once"))
            await anext(stream)
            await stream.aclose()
        assert [event async for event in engine.events(llama, "complete", asked("Once", max_tokens=2))]


async def test_a_full_queue_says_when_to_come_back(models_folder: Path, smollm2_file: Path) -> None:
    async with engine_of(models_folder, queue=1) as engine:
        llama = await engine.loading.ready("watched")
        running = engine.events(llama, "complete", asked("Once"))
        await anext(running)
        waiting = asyncio.create_task(_all(engine, llama, asked("Once", max_tokens=2)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refused:
            await _all(engine, llama, asked("Once"))
        assert (refused.value.status, refused.value.retry_after) == (503, 5)
        await running.aclose()
        assert await waiting


async def test_a_caller_who_stops_waiting_leaves_the_queue(models_folder: Path, smollm2_file: Path) -> None:
    async with engine_of(models_folder, queue=1) as engine:
        llama = await engine.loading.ready("watched")
        running = engine.events(llama, "complete", asked("Once"))
        await anext(running)
        waiting = asyncio.create_task(_all(engine, llama, asked("Once")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        next_one = asyncio.create_task(_all(engine, llama, asked("Once", max_tokens=2)))
        await asyncio.sleep(0)
        await running.aclose()
        assert await next_one


async def test_calls_run_side_by_side_and_more_of_them_wait(models_folder: Path, smollm2_file: Path) -> None:
    backend = _backend(LocalModels(models_folder), Options(parallel=2, context=256))
    answers = await asyncio.gather(*[backend.chat(chat(f"Say {n}", max_tokens=3)) for n in range(12)])
    assert all(answer.usage and answer.usage.completion_tokens for answer in answers)
    await backend.close()


async def test_a_stop_ends_running_calls_and_refuses_those_that_wait(models_folder: Path, smollm2_file: Path) -> None:
    async with engine_of(models_folder) as engine:
        llama = Watched(await engine.loading.ready("watched"))
        running = engine.events(llama, "complete", asked("Once"))
        await anext(running)
        waiting = asyncio.create_task(_all(engine, llama, asked("Once")))
        await asyncio.sleep(0)
        await engine.close()
        assert llama.ended.is_set()
        with pytest.raises(Overloaded):
            await waiting
        await running.aclose()


async def test_deployments_of_one_model_share_it_until_the_last_one_closes(
    models_folder: Path, smollm2_file: Path
) -> None:
    models = LocalModels(models_folder)
    options = Options(parallel=1, context=256)
    first, second = _backend(models, options, "first"), _backend(models, options, "second")
    await first.chat(chat(max_tokens=1))
    assert second._lease.engine is first._lease.engine
    await first.close()
    await first.close()
    assert (await second.chat(chat(max_tokens=1))).choices
    await second.close()
    with pytest.raises(Overloaded):
        await second.chat(chat(max_tokens=1))
    third = _backend(models, options, "third")
    assert (await third.chat(chat(max_tokens=1))).choices
    await third.close()


def _backend(models: LocalModels, options: Options, name: str = "watched") -> LocalChat:
    backend = models.backend(name, LocalModel(WEIGHTS, options))
    assert isinstance(backend, LocalChat)
    return backend


async def _all(engine: Engine, llama: Llama, body: bytes) -> list[bytes]:
    return [event async for events in engine.events(llama, "complete", body) for event in events]


async def _first(stream: AsyncIterator[list[bytes]], count: int) -> AsyncIterator[bytes]:
    async for events in stream:
        for event in events:
            yield event
            count -= 1
        if count <= 0:
            return
