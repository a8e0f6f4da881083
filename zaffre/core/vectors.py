"""How a float vector is written in each encoding format."""

import struct
from base64 import b64encode
from collections.abc import Sequence

from zaffre.core.embeddings import Embedding, EncodingFormat

CONVERTIBLE: frozenset[EncodingFormat] = frozenset({"float", "base64", "binary", "ubinary"})
"""What any float vector can be turned into truthfully. int8 and uint8 need the model's own calibration."""


def written(vector: Sequence[float], encoding: EncodingFormat) -> Embedding:
    """The vector as `float`, `base64` (little-endian float32), `binary` or `ubinary` (sign bits, 8 a byte).

    Raises ValueError for the formats that only the model itself can produce.
    """
    if encoding == "float":
        return vector
    if encoding == "base64":
        return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    if encoding == "ubinary":
        return _sign_bits(vector)
    if encoding == "binary":
        # Cohere's and sentence-transformers' meaning: the same byte, moved into the signed range.
        return [byte - 128 for byte in _sign_bits(vector)]
    raise ValueError(f"a float vector cannot be written as {encoding}")


def _sign_bits(vector: Sequence[float]) -> list[int]:
    packed = []
    for start in range(0, len(vector), 8):
        group = vector[start : start + 8]
        byte = sum((value > 0) << (7 - place) for place, value in enumerate(group))
        packed.append(byte)
    return packed
