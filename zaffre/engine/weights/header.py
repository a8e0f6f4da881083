"""What a GGUF file says about its model, read from its first pages without opening the model.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import mmap
import struct
from pathlib import Path
from typing import Any

from msgspec import Struct

from zaffre.engine.weights.errors import WeightsError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Type number -> struct format."""
_STRING, _ARRAY = 8, 9
_NO_POOLING, _RANKING = 0, 4
"""llama.cpp's pooling types that give no sentence embedding."""


class Header(Struct, frozen=True):
    """The facts that decide how a model is served."""

    architecture: str
    context: int
    """Tokens the model was trained to see at once; 0 where the file does not say."""
    embeds: bool
    """It turns texts into vectors rather than continuing them."""
    chat_template: str = ""
    """Jinja; empty where the model has none."""


def read_header(path: Path) -> Header:
    """Raises WeightsError where the file is missing or not GGUF."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
            fields = _Reader(pages).fields()
    except (struct.error, ValueError, IndexError, UnicodeDecodeError) as problem:
        raise WeightsError(f"{path.name} is not a GGUF file: {problem}") from problem
    except OSError as problem:
        raise WeightsError(f"{path.name} cannot be read: {problem.strerror}") from problem
    architecture = str(fields.get("general.architecture", ""))
    pooling = fields.get(f"{architecture}.pooling_type", _NO_POOLING)
    return Header(
        architecture,
        int(fields.get(f"{architecture}.context_length", 0)),
        pooling not in (_NO_POOLING, _RANKING),
        str(fields.get("tokenizer.chat_template", "")),
    )


class _Reader:
    """One pass over the key-value pairs. Arrays (vocabularies) are stepped over."""

    def __init__(self, pages: mmap.mmap) -> None:
        self._pages = pages
        self._at = 0

    def fields(self) -> dict[str, Any]:
        if self._pages[:4] != _MAGIC:
            raise ValueError("it does not begin with GGUF")
        self._at = 4
        if (version := self._scalar("I")) not in _VERSIONS:
            raise ValueError(f"version {version} is not known")
        self._scalar("Q")  # how many tensors
        return dict(self._pair() for _ in range(self._scalar("Q")))

    def _pair(self) -> tuple[str, Any]:
        key = self._string()
        return key, self._value(self._scalar("I"))

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._skip_array()
        if kind not in _SCALARS:
            raise ValueError(f"value type {kind} is not known")
        return self._scalar(_SCALARS[kind])

    def _scalar(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self._pages, self._at)
        self._at += struct.calcsize(f"<{form}")
        return value

    def _string(self) -> str:
        length = self._scalar("Q")
        if self._at + length > len(self._pages):
            raise ValueError("it is cut short")
        begin, self._at = self._at, self._at + length
        return self._pages[begin : self._at].decode("utf-8")

    def _skip_array(self) -> None:
        kind, count = self._scalar("I"), self._scalar("Q")
        if kind in _SCALARS:
            self._at += count * struct.calcsize(f"<{_SCALARS[kind]}")
            return
        for _ in range(count):
            if kind == _STRING:
                length = self._scalar("Q")
                self._at += length
            else:
                self._value(kind)
