"""The default models, fetched once for this machine, in data folders of the tests' own."""

from pathlib import Path

import pytest

from tests.engine.local_requests import default_weights
from zaffre.config.load import data_folder
from zaffre.engine.weights.prepare import prepare
from zaffre.engine.weights.progress import Progress

MODELS = ("smollm2-135m-instruct", "all-minilm-l6-v2")


@pytest.fixture(scope="session")
def warm_models() -> Path:
    """The folder that holds both models, ready to load."""
    folder = data_folder() / "models"
    for model in MODELS:
        prepare(default_weights(model), folder, Progress())
    return folder


@pytest.fixture
def warm_data(tmp_path: Path, warm_models: Path) -> Path:
    """A data folder of this test's own, with the models of the machine."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "models").symlink_to(warm_models)
    return data
