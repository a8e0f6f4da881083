"""Rows of data: one JSON object a line, packed with gzip.

`{"text", "labels": {"hate", "sexual", "violence", "self_harm", "jailbreak": 0 | 1 | null}, "severity", "source",
"licence"}`. null is unknown, and is masked: it is no 0.
"""

import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

OUTPUTS: Final = ("hate", "sexual", "violence", "self_harm", "jailbreak")
HARMS: Final = OUTPUTS[:4]
UNKNOWN: Final = -1

Labels = NDArray[np.int8]
T = TypeVar("T")


class Row(msgspec.Struct, frozen=True):
    text: str
    labels: dict[str, int | None]
    source: str
    licence: str = ""
    severity: int | None = None

    def positive(self, output: str) -> bool:
        return self.labels.get(output) == 1


def read(path: Path) -> list[Row]:
    """The rows of a packed file. Raises OSError, msgspec.ValidationError."""
    return unpack(path, Row)


def unpack(path: Path, kind: type[T]) -> list[T]:
    """Values of one kind from a packed file. Raises OSError, msgspec.ValidationError."""
    decoder = msgspec.json.Decoder(kind)
    with gzip.open(path) as lines:
        return [decoder.decode(line) for line in lines]


def pack(path: Path, values: Iterable[msgspec.Struct]) -> None:
    """Put values into a packed file. Raises OSError."""
    with gzip.open(path, "wb") as lines:
        lines.writelines(msgspec.json.encode(value) + b"\n" for value in values)


def matrix(rows: Iterable[Row]) -> Labels:
    """Labels as rows of 1, 0 and UNKNOWN, one column for each of OUTPUTS."""
    return np.array(
        [[UNKNOWN if (label := row.labels.get(output)) is None else label for output in OUTPUTS] for row in rows],
        dtype=np.int8,
    ).reshape(-1, len(OUTPUTS))


def drawn(text: str, share: float, salt: str) -> bool:
    """Whether a text belongs to that share, the same in every run."""
    digest = hashlib.blake2b(f"{salt}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < share * (1 << 64)
