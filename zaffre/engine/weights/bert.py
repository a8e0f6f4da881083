"""BERT encoders from safetensors to GGUF, for embeddings: mean pooling, attention in both directions, WordPiece.

What llama.cpp expects of the file follows its own converter for `BertModel`:
https://github.com/ggml-org/llama.cpp/blob/master/conversion/bert.py
"""

import logging
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from gguf import (
    MODEL_ARCH,
    GGUFWriter,
    LlamaFileType,
    PoolingType,
    TensorNameMap,
    TokenType,
    get_tensor_name_map,
)
from msgspec import Struct

from zaffre.engine.weights.errors import WeightsError
from zaffre.engine.weights.progress import Progress
from zaffre.engine.weights.safetensors import Safetensors

VERSION = "bert-f32-1"
"""Stands in the name of every converted file: raise the number when the conversion changes."""

_WORD_START = "\u2581"
_CONTINUATION = "##"
_SPECIAL = {"[UNK]": "unk", "[SEP]": "sep", "[PAD]": "pad", "[CLS]": "cls", "[MASK]": "mask"}
_UNUSED_TENSORS = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}
"""Positions are counted, and sentence embeddings do not use the classifier's pooler."""


# It reports every file it writes.
logging.getLogger("gguf").setLevel(logging.WARNING)


class BertConfig(Struct):
    """The fields of a `config.json` that the conversion needs."""

    model_type: Literal["bert"]
    hidden_size: int
    intermediate_size: int
    num_attention_heads: int
    num_hidden_layers: int
    max_position_embeddings: int
    layer_norm_eps: float
    vocab_size: int
    type_vocab_size: int = 2
    hidden_act: Literal["gelu"] = "gelu"
    position_embedding_type: Literal["absolute"] = "absolute"


def convert(weights: Path, config: Path, vocabulary: Path, target: Path, name: str, progress: Progress) -> None:
    """Write the GGUF file `target`.

    `weights` is the safetensors file, `config` its config.json, `vocabulary` the WordPiece vocab.txt, one token a
    line. Raises WeightsError for anything but a BERT encoder.
    """
    shape = _read_config(config)
    tensors = Safetensors(weights)
    writer = GGUFWriter(target, "bert")
    try:
        _write_facts(writer, shape, name)
        _write_vocabulary(writer, vocabulary, shape.vocab_size)
        _write_tensors(writer, tensors, shape.num_hidden_layers, progress)
    finally:
        writer.close()


def _read_config(path: Path) -> BertConfig:
    try:
        return msgspec.json.decode(path.read_bytes(), type=BertConfig)
    except msgspec.MsgspecError as problem:
        raise WeightsError(f"only BERT encoders can be converted from safetensors: {path.name}: {problem}") from problem


def _write_facts(writer: GGUFWriter, shape: BertConfig, name: str) -> None:
    writer.add_name(name)
    writer.add_context_length(shape.max_position_embeddings)
    writer.add_embedding_length(shape.hidden_size)
    writer.add_feed_forward_length(shape.intermediate_size)
    writer.add_block_count(shape.num_hidden_layers)
    writer.add_head_count(shape.num_attention_heads)
    writer.add_layer_norm_eps(shape.layer_norm_eps)
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.MEAN)
    writer.add_file_type(LlamaFileType.ALL_F32)


def _write_vocabulary(writer: GGUFWriter, path: Path, size: int) -> None:
    words = path.read_text(encoding="utf-8").splitlines()
    if len(words) != size or missing(words):
        raise WeightsError(f"{path.name} is not the WordPiece vocabulary of {size} tokens that config.json speaks of")
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list([_spelled(word) for word in words])
    writer.add_token_types([TokenType.CONTROL if word in _SPECIAL else TokenType.NORMAL for word in words])
    ids = {meaning: words.index(word) for word, meaning in _SPECIAL.items()}
    writer.add_bos_token_id(ids["cls"])
    writer.add_eos_token_id(ids["sep"])
    writer.add_unk_token_id(ids["unk"])
    writer.add_sep_token_id(ids["sep"])
    writer.add_pad_token_id(ids["pad"])
    writer.add_mask_token_id(ids["mask"])


def missing(words: list[str]) -> bool:
    """Whether a special token of BERT is not among the words."""
    return any(word not in words for word in _SPECIAL)


def _spelled(word: str) -> str:
    # llama.cpp marks where words start; WordPiece marks where they go on.
    if word in _SPECIAL:
        return word
    return word.removeprefix(_CONTINUATION) if word.startswith(_CONTINUATION) else _WORD_START + word


def _write_tensors(writer: GGUFWriter, tensors: Safetensors, layers: int, progress: Progress) -> None:
    names = get_tensor_name_map(MODEL_ARCH.BERT, layers)
    with progress.task("converting", len(tensors), unit="tensor") as advance:
        for name, values in tensors:
            if (plain := name.removeprefix("bert.")) not in _UNUSED_TENSORS:
                writer.add_tensor(_renamed(names, plain), np.ascontiguousarray(values, dtype=np.float32))
            advance(1)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def _renamed(names: TensorNameMap, name: str) -> str:
    renamed = names.get_name(name, try_suffixes=(".weight", ".bias"))
    if renamed is None:
        raise WeightsError(f"tensor {name} is not part of a BERT encoder")
    return renamed
