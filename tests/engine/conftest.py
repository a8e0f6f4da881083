"""The two default models, fetched once for this machine: tests and `zaffre serve` keep them in the same folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.local_requests import default_weights
from zaffre.config.load import data_folder
from zaffre.engine.local import LocalModel, LocalModels, Options
from zaffre.engine.local.chat import LocalChat
from zaffre.engine.local.embedder import LocalEmbedder
from zaffre.engine.weights.prepare import prepare
from zaffre.engine.weights.progress import Progress


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where weights are kept."""
    return data_folder() / "models"


@pytest.fixture(scope="session")
def smollm2_file(models_folder: Path) -> Path:
    """The GGUF file of the default chat model."""
    return prepare(default_weights("smollm2-135m-instruct"), models_folder, Progress())


@pytest.fixture(scope="session")
def minilm_file(models_folder: Path) -> Path:
    """The GGUF file of the default embedding model, converted."""
    return prepare(default_weights("all-minilm-l6-v2"), models_folder, Progress())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def smollm2(models_folder: Path, smollm2_file: Path) -> AsyncIterator[LocalChat]:
    """The default chat model, loaded, with a small context."""
    model = LocalModel(default_weights("smollm2-135m-instruct"), Options(context=512))
    backend = LocalModels(models_folder).backend("smollm2", model)
    assert isinstance(backend, LocalChat)
    yield backend
    await backend.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def minilm(models_folder: Path, minilm_file: Path) -> AsyncIterator[LocalEmbedder]:
    """The default embedding model, loaded."""
    model = LocalModel(default_weights("all-minilm-l6-v2"), Options(embeds=True))
    backend = LocalModels(models_folder).backend("minilm", model)
    assert isinstance(backend, LocalEmbedder)
    yield backend
    await backend.close()
