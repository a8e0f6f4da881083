"""BERT encoders become GGUF files: once, whole, and only if they are what they say."""

import json
import struct
from io import StringIO
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.prepare import Wanted, prepare
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.safetensors import Safetensors
from zaffre.engine.weights.source import FileSource

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "##s", "the"]
CONFIG = {
    "model_type": "bert",
    "hidden_size": 4,
    "intermediate_size": 8,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "max_position_embeddings": 16,
    "layer_norm_eps": 1e-12,
    "vocab_size": len(WORDS),
}
SHAPES = {
    "embeddings.position_ids": (1, 16),
    "embeddings.word_embeddings.weight": (8, 4),
    "embeddings.position_embeddings.weight": (16, 4),
    "embeddings.LayerNorm.bias": (4,),
    "encoder.layer.0.attention.self.query.weight": (4, 4),
    "pooler.dense.weight": (4, 4),
}


def safetensors(tensors: dict[str, np.ndarray[Any, Any]]) -> bytes:
    """A safetensors file."""
    kinds = {"f4": "F32", "f2": "F16", "i8": "I64", "c8": "C64"}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, values in tensors.items():
        begin, body = len(body), body + values.tobytes()
        header[name] = {"dtype": kinds[values.dtype.str[1:]], "shape": values.shape, "data_offsets": [begin, len(body)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.fixture
def tensors() -> dict[str, np.ndarray[Any, Any]]:
    kinds = {"embeddings.position_ids": np.int64, "pooler.dense.weight": np.float16}
    return {
        name: np.arange(np.prod(shape)).reshape(shape).astype(kinds.get(name, np.float32))
        for name, shape in SHAPES.items()
    }


@pytest.fixture
def model(tmp_path: Path, tensors: dict[str, np.ndarray[Any, Any]]) -> Path:
    """A folder with a tiny encoder."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(safetensors(tensors))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return folder


def converted(model: Path, said: StringIO | None = None) -> Path:
    wanted = Wanted(FileSource(model / "model.safetensors"))
    return prepare(wanted, model.parent / "models", Progress(said or StringIO()))


def test_tensors_are_read_as_they_were_written(model: Path, tensors: dict[str, np.ndarray[Any, Any]]) -> None:
    read = dict(Safetensors(model / "model.safetensors"))
    assert read.keys() == tensors.keys()
    for name, values in tensors.items():
        assert read[name].dtype == values.dtype
        assert (read[name] == values).all()


@pytest.mark.parametrize("content", [b"", b"\x05\0\0\0\0\0\0\0[1,2]", b"\xff" * 40, b"\x02\0\0\0\0\0\0\0{"])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"model\.safetensors is not a safetensors file"):
        Safetensors(path)


def test_a_file_that_is_cut_short_is_refused(model: Path) -> None:
    path = model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="is cut short"):
        Safetensors(path)


def test_an_unknown_kind_of_number_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors({"odd": np.zeros(2, np.complex64)}))
    with pytest.raises(WeightsError, match="tensor odd has type C64"):
        list(Safetensors(path))


def test_an_encoder_becomes_a_gguf_file(model: Path, tensors: dict[str, np.ndarray[Any, Any]]) -> None:
    file = gguf.GGUFReader(converted(model))
    facts = {name: field.contents() for name, field in file.fields.items()}
    assert facts["general.architecture"] == "bert"
    assert facts["bert.context_length"] == 16
    assert facts["bert.pooling_type"] == gguf.PoolingType.MEAN
    assert facts["bert.attention.causal"] is False
    assert facts["tokenizer.ggml.tokens"] == [*WORDS[:5], "\u2581cat", "s", "\u2581the"]
    assert facts["tokenizer.ggml.bos_token_id"] == WORDS.index("[CLS]")
    assert {tensor.name for tensor in file.tensors} == {
        "token_embd.weight",
        "position_embd.weight",
        "token_embd_norm.bias",
        "blk.0.attn_q.weight",
    }
    (words,) = [tensor for tensor in file.tensors if tensor.name == "token_embd.weight"]
    assert (words.data == tensors["embeddings.word_embeddings.weight"]).all()


def test_a_conversion_happens_once(model: Path) -> None:
    said = StringIO()
    first = converted(model, said)
    written = first.stat().st_mtime_ns
    assert converted(model, said) == first
    assert first.stat().st_mtime_ns == written
    assert said.getvalue().count("converting ...") == 1


def test_other_weights_are_converted_anew(model: Path, tensors: dict[str, np.ndarray[Any, Any]]) -> None:
    first = converted(model)
    tensors["embeddings.LayerNorm.bias"][0] = 7
    (model / "model.safetensors").write_bytes(safetensors(tensors))
    assert converted(model) != first


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("config.json", '{"model_type": "llama"}', "only BERT encoders"),
        ("config.json", "{", "only BERT encoders"),
        ("vocab.txt", "[PAD]\n[UNK]", "is not the WordPiece vocabulary of 8 tokens"),
        ("vocab.txt", "\n".join("abcdefgh"), "is not the WordPiece vocabulary of 8 tokens"),
        ("model.safetensors", "", "is not a safetensors file"),
    ],
)
def test_what_is_no_encoder_is_refused_and_leaves_nothing(model: Path, file: str, content: str, why: str) -> None:
    (model / file).write_text(content)
    with pytest.raises(WeightsError, match=why):
        converted(model)
    assert not [path for path in (model.parent / "models").rglob("*") if path.suffix not in ("", ".lock")]


def test_a_tensor_that_no_encoder_has_is_refused_by_name(model: Path, tensors: dict[str, np.ndarray[Any, Any]]) -> None:
    (model / "model.safetensors").write_bytes(safetensors(tensors | {"lm_head.weight": np.zeros(2, np.float32)}))
    with pytest.raises(WeightsError, match=r"tensor lm_head\.weight is not part of a BERT encoder"):
        converted(model)


@pytest.mark.parametrize("missing", ["config.json", "vocab.txt", "model.safetensors"])
def test_a_file_that_is_missing_is_named(model: Path, missing: str) -> None:
    (model / missing).unlink()
    with pytest.raises(WeightsError, match=f"there is no file .*{missing}"):
        converted(model)


def test_a_file_of_ones_own_is_checked_where_its_sum_is_given(model: Path) -> None:
    wanted = Wanted(FileSource(model / "model.safetensors"), "0" * 64)
    with pytest.raises(WeightsError, match=r"the sha256 is .*, expected 0000"):
        prepare(wanted, model.parent / "models", Progress(StringIO()))
