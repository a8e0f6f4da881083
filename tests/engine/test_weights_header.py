"""What a GGUF file says of itself."""

from pathlib import Path

import pytest

from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.header import Header, read_header


def test_a_chat_models_file_tells_its_context_and_its_template(smollm2_file: Path) -> None:
    header = read_header(smollm2_file)
    assert (header.architecture, header.context, header.embeds) == ("llama", 8192, False)
    assert "<|im_start|>" in header.chat_template


def test_an_embedding_models_file_tells_that_it_embeds(minilm_file: Path) -> None:
    assert read_header(minilm_file) == Header("bert", 512, embeds=True)


@pytest.mark.parametrize(
    "content", [b"", b"GG", b"not a model at all", b"GGUF\x09\0\0\0", b"GGUF\3\0\0\0" + b"\xff" * 99]
)
def test_anything_else_is_called_what_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange.gguf"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"strange\.gguf is not a GGUF file"):
        read_header(path)


def test_a_file_that_ends_within_its_header_is_not_read(tmp_path: Path, smollm2_file: Path) -> None:
    path = tmp_path / "short.gguf"
    with smollm2_file.open("rb") as whole:
        path.write_bytes(whole.read(1000))
    with pytest.raises(WeightsError, match="is not a GGUF file"):
        read_header(path)


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="No such file"):
        read_header(tmp_path / "none.gguf")
