"""The ledger against the upstream's own count, after ten thousand calls of every kind."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.e2e_upstream.upstream import CLOSE, HANG, PATIENCE, Scene, Step, Upstream
from tests.e2e_upstream.wire import DONE, begun, finish, stream, whole, words
from tests.sdk.server import Server, running
from zaffre.core.usage import UsageTotal
from zaffre.store import Database, UsageRows

CALLS = 10_000
AT_ONCE = 50
CONFIG = """\
keys: [env:ZAFFRE_KEY]
connections:
  there: {{provider: openai-compatible, base_url: "http://127.0.0.1:{port}/v1"}}
deployments:
  whole:     {{model: m, connection: there, content_filter: off}}
  streamed:  {{model: m, connection: there, content_filter: off}}
  failing:   {{model: m, connection: there, content_filter: off}}
  spent:     {{model: m, connection: there, content_filter: off}}
  cut:       {{model: m, connection: there, content_filter: off}}
  left:      {{model: m, connection: there, content_filter: off}}
  unwanted:  {{model: m, connection: there, content_filter: off}}
  closing:   {{model: m, connection: there, content_filter: off}}
"""


def used(number: int) -> dict[str, int]:
    """What the upstream says that its answer to a request took."""
    return {
        "prompt_tokens": 5 + number % 7,
        "completion_tokens": 1 + number % 5,
        "total_tokens": 6 + number % 7 + number % 5,
    }


def answer(number: int) -> bytes:
    message = {"role": "assistant", "content": "Hello."}
    return whole({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": used(number)})


def events(number: int) -> bytes:
    return stream(*words("Hel", "lo."), finish(), {"choices": [], "usage": used(number)}, DONE)


def answers(upstream: Upstream) -> dict[str, Scene]:
    """What each deployment's upstream does, by the number of the request."""
    refused = whole({"error": {"message": "no", "code": "x"}}, 500)
    spent = whole({"error": {"message": "slow down"}}, 429, retry_after="1")
    said: dict[str, Any] = {
        "whole": lambda number: [answer(number)],
        "streamed": lambda number: [events(number)],
        "failing": lambda _: [refused],
        "spent": lambda _: [spent],
        "cut": lambda _: [begun(*words("Hel")), CLOSE],
        "left": lambda _: [begun(*words("Hel")), HANG],
        "unwanted": lambda _: [HANG],
        "closing": lambda number: [answer(number).replace(b"\r\n", b"\r\nconnection: close\r\n", 1), CLOSE],
    }
    return {name: upstream.scenes(_steps(steps)) for name, steps in said.items()}


def _steps(steps: Any) -> Any:
    def of(number: int) -> Sequence[Step]:
        made: Sequence[Step] = steps(number)
        return made

    return of


class Callers:
    """Who calls, and how each call ends for them."""

    def __init__(self, server: Server, scenes: dict[str, Scene], session: aiohttp.ClientSession) -> None:
        self._scenes = scenes
        self._session = session
        self._url = f"{server.http}/models/chat/completions"
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._alone = asyncio.Lock()
        self.statuses: Counter[tuple[str, int]] = Counter()

    async def call(self, deployment: str) -> None:
        scene = self._scenes[deployment]
        streamed = deployment in ("streamed", "cut", "left")
        body = {"model": deployment, "messages": [{"role": "user", "content": scene.word}], "stream": streamed}
        async with self._turns:
            if deployment == "unwanted":
                await self._leave_before_the_answer(scene, body)
                return
            async with self._session.post(self._url, json=body) as response:
                self.statuses[deployment, response.status] += 1
                if deployment == "left":
                    await response.content.readany()
                    response.close()
                    return
                with suppress(aiohttp.ClientPayloadError):
                    await response.read()

    async def _leave_before_the_answer(self, scene: Scene, body: dict[str, Any]) -> None:
        # One at a time, so that what has arrived is this one.
        async with self._alone:
            asked = asyncio.create_task(self._session.post(self._url, json=body).__aenter__())
            await asyncio.to_thread(scene.arrivals.acquire, timeout=PATIENCE)
            asked.cancel()
            with suppress(asyncio.CancelledError):
                await asked


async def everybody(server: Server, scenes: dict[str, Scene]) -> Counter[tuple[str, int]]:
    chosen = random.Random(7).choices(list(scenes), [60, 25, 3, 3, 3, 3, 1, 2], k=CALLS)
    limit = aiohttp.TCPConnector(limit=0)
    headers = {"api-key": server.key}
    async with aiohttp.ClientSession(connector=limit, headers=headers, timeout=aiohttp.ClientTimeout(60)) as session:
        callers = Callers(server, scenes, session)
        await asyncio.gather(*map(callers.call, chosen))
    return callers.statuses


async def totals(data: Path) -> dict[str, UsageTotal]:
    database = Database(data)
    found = {each.deployment: each for each in await UsageRows(database).totals()}
    await database.close()
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Scene], dict[str, UsageTotal]]:
    """What the upstream was asked, and what the ledger says, after the server has stopped."""
    folder = tmp_path_factory.mktemp("ledger")
    with Upstream() as upstream:
        scenes = answers(upstream)
        config = folder / "zaffre.yaml"
        config.write_text(CONFIG.format(port=upstream.port))
        with running(folder, config) as server:
            statuses = asyncio.run(everybody(server, scenes))
    assert {status for (name, status) in statuses if name in ("whole", "streamed", "cut", "left", "closing")} == {200}
    return scenes, asyncio.run(totals(folder / "data"))


Told = tuple[dict[str, Scene], dict[str, UsageTotal]]


def test_every_call_that_the_upstream_saw_is_in_the_ledger_once(told: Told) -> None:
    scenes, ledger = told
    assert {name: total.calls for name, total in ledger.items()} == {
        name: len(scene.asked) for name, scene in scenes.items()
    }
    assert sum(total.calls for total in ledger.values()) == CALLS


@pytest.mark.parametrize("name", ["whole", "streamed", "closing"])
def test_the_tokens_are_those_that_the_upstream_has_counted(told: Told, name: str) -> None:
    scenes, ledger = told
    counted = [used(number) for number in range(len(scenes[name].asked))]
    total = ledger[name]
    assert total.prompt_tokens == sum(each["prompt_tokens"] for each in counted)
    assert total.completion_tokens == sum(each["completion_tokens"] for each in counted)
    assert (total.failed, total.cancelled, total.estimated_calls) == (0, 0, 0)


@pytest.mark.parametrize("name", ["failing", "spent", "cut"])
def test_what_failed_is_told_as_failed(told: Told, name: str) -> None:
    scenes, ledger = told
    assert (ledger[name].failed, ledger[name].cancelled) == (len(scenes[name].asked), 0)


@pytest.mark.parametrize("name", ["left", "unwanted"])
def test_whoever_has_left_is_told_as_cancelled(told: Told, name: str) -> None:
    scenes, ledger = told
    assert (ledger[name].cancelled, ledger[name].failed) == (len(scenes[name].asked), 0)
    assert ledger[name].prompt_tokens > 0
