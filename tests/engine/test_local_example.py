"""The configuration printed in docs/local-models.md loads as it stands there."""

import re
from pathlib import Path

from zaffre.config.load import load
from zaffre.core.modality import Modality
from zaffre.engine.weights.source import HubSource, WheelSource, parse_source

PAGE = Path(__file__).parents[2] / "docs" / "local-models.md"


def test_the_pages_configuration_loads_and_names_weights_that_are_understood(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    file = tmp_path / "zaffre.yaml"
    file.write_text(block)
    config = load(file, environ={"ZAFFRE_KEY": "k" * 32}, providers={"local"}).config
    sources = {name: parse_source(wanted.source) for name, wanted in config.deployments.items() if wanted.source}
    assert {name: type(source) for name, source in sources.items()} == {
        "qwen": HubSource,
        "wheel": WheelSource,
        "search": HubSource,
    }
    assert config.deployments["search"].modality is Modality.TEXT_EMBEDDINGS
