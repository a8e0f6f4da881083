"""Applications of several processes: what one changes, all see at once; limits are theirs together."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.configured import answer, asked, chat, loaded
from zaffre.app import Application
from zaffre.app.peers import FIGURES, Peers
from zaffre.core.resources import Kind
from zaffre.limits.board import Board
from zaffre.net.client import Client
from zaffre.net.http import Request, Response

FILE = """\
connections:
  script: {provider: scripted, rules: rules.yaml}
  local: {provider: local}
content_filters:
  guarded: {backend: guard}
classifiers:
  guard: {type: llama-guard, deployment: tiny}
deployments:
  demo: {model: scripted-chat, connection: script, rpm: 1}
  tiny: {model: smollm2-135m-instruct, connection: local}
  filtered: {model: scripted-chat, connection: script, content_filter: guarded}
  reserved: {model: scripted-chat, connection: script, sku: ProvisionedManaged, capacity: 1}
"""


class Handed:
    """Remembers what it was asked to have answered."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, [], b'{"by": "another"}')


@pytest.fixture
def handed() -> Handed:
    return Handed()


@pytest.fixture
async def two(tmp_path: Path, handed: Handed) -> AsyncIterator[tuple[Application, Application]]:
    file = loaded(tmp_path, FILE)
    folder = tmp_path / FIGURES
    folder.mkdir()
    served = []
    for _ in range(2):
        peers = Peers(Board(tmp_path / "board"), folder, handed)
        served.append(Application(file.config, tmp_path / "data", Client(), outline=file.outline, peers=peers))
        await served[-1].resume()
    yield served[0], served[1]
    for each in served:
        await each.close()


async def test_what_one_changes_the_next_request_to_another_sees(two: tuple[Application, Application]) -> None:
    first, second = two
    body = b'{"model": "scripted-chat", "connection": "script"}'
    for name in ("a", "b", "c"):
        await first.control.change(Kind.DEPLOYMENT, name, lambda _: body, actor="test")
        assert (await answer(second, "/models/chat/completions", chat("Hi", name)))[0] == 200
    await second.control.delete(Kind.DEPLOYMENT, "a", actor="test")
    assert (await answer(first, "/models/chat/completions", chat("Hi", "a")))[0] == 404


async def test_a_limit_is_theirs_together_and_survives_a_change_of_others(two: tuple[Application, Application]) -> None:
    first, second = two
    body = b'{"model": "scripted-chat", "connection": "script"}'
    found = [(await answer(each, "/models/chat/completions", chat("Hi", "demo")))[0] for each in two]
    await first.control.change(Kind.DEPLOYMENT, "new", lambda _: body, actor="test")
    found.append((await answer(second, "/models/chat/completions", chat("Hi", "demo")))[0])
    # One in a minute, in which these calls were made, or in the last moments of one and the first of the next.
    assert found.count(200) in (1, 2)
    assert found.count(429) in (1, 2)


async def test_a_local_deployment_is_anothers_whatever_is_asked_of_it(
    two: tuple[Application, Application], handed: Handed
) -> None:
    first, _ = two
    for path, body in (
        ("/models/chat/completions", chat("Hi", "TINY")),
        ("/deployments/tiny/chat/completions", chat("Hi", "")),
        ("/openai/v1/responses", {"model": "tiny", "input": "Hi", "background": True}),
        # A local model is the judge.
        ("/models/chat/completions", chat("Hi", "filtered")),
        ("/openai/v1/moderations", {"input": "Hi"}),
    ):
        assert await answer(first, path, body) == (200, {"by": "another"})
        assert handed.requests[-1] == asked(path, body)


async def test_a_call_that_may_spill_over_to_a_local_deployment_is_anothers(
    two: tuple[Application, Application], handed: Handed
) -> None:
    request = asked("/models/chat/completions", chat("Hi", "reserved"))
    request.headers[b"x-ms-spillover-deployment"] = b"tiny"
    response = await two[0].handle(request)
    assert (response.status, len(handed.requests)) == (200, 1)
    assert (await answer(two[0], "/models/chat/completions", chat("Hi", "reserved")))[0] == 200
    assert len(handed.requests) == 1


async def test_local_deployments_are_listed_like_all_others(two: tuple[Application, Application]) -> None:
    status, body = await answer(two[0], "/openai/v1/models")
    assert status == 200
    assert {"demo", "tiny", "filtered", "reserved"} == {each["id"] for each in body["data"]}
