"""Reading safetensors files: a length, a JSON header, then the tensors' bytes.

Source: https://huggingface.co/docs/safetensors#format
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from zaffre.engine.weights.errors import WeightsError

_LENGTH_BYTES = 8
_HEADER_LIMIT = 100 << 20
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
"""numpy has no bfloat16; a file that uses it is refused by name."""


class _Tensor(Struct):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


class Safetensors:
    """The tensors of one file, mapped and not copied."""

    def __init__(self, path: Path) -> None:
        """Raises WeightsError where the header does not describe the file."""
        self._path = path
        try:
            self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        except ValueError as problem:
            raise WeightsError(f"{path.name} is not a safetensors file: it is empty") from problem
        length = int.from_bytes(self._bytes[:_LENGTH_BYTES].tobytes(), "little")
        self._start = _LENGTH_BYTES + length
        if length > _HEADER_LIMIT or self._start > self._bytes.size:
            raise WeightsError(f"{path.name} is not a safetensors file")
        self._tensors = self._described(self._bytes[_LENGTH_BYTES : self._start].tobytes())

    def _described(self, header: bytes) -> dict[str, _Tensor]:
        try:
            entries = msgspec.json.decode(header, type=dict[str, Any])
            entries.pop("__metadata__", None)
            tensors = msgspec.convert(entries, dict[str, _Tensor])
        except msgspec.MsgspecError as problem:
            raise WeightsError(f"{self._path.name} is not a safetensors file: {problem}") from problem
        if any(self._start + tensor.data_offsets[1] > self._bytes.size for tensor in tensors.values()):
            raise WeightsError(f"{self._path.name} is cut short")
        return tensors

    def __len__(self) -> int:
        return len(self._tensors)

    def __iter__(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Name and array of every tensor, in the file's order."""
        for name, tensor in self._tensors.items():
            if tensor.dtype not in _DTYPES:
                raise WeightsError(f"{self._path.name}: tensor {name} has type {tensor.dtype}, which is not supported")
            begin, end = (self._start + offset for offset in tensor.data_offsets)
            yield name, self._bytes[begin:end].view(_DTYPES[tensor.dtype]).reshape(tensor.shape)
