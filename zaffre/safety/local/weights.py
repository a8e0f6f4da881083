"""What training leaves behind: one packed file of small arrays."""

import math
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

HARMS: Final = ("hate", "sexual", "violence", "self_harm")
FILE: Final = "weights.npz"

Floats = NDArray[np.float32]


class Weights(Struct, frozen=True):
    """`linear`: buckets of words, then of characters, x five outputs, the harms and attack, in steps of `steps`.

    `calibration`: a row for each harm: factor and offset of its logit. `attack`: factors of the attack's and the token
    soup's logit, and an offset. `cuts`: a row for each harm: the probabilities from which on it is low, medium, high.
    `attack_cuts`: of a prompt and of a document. `pairs`, `words`: bits, which pairs of words and words ordinary text
    has. `soup`: coefficients of its statistics, the last one an offset. `slurs`: hashes of words.
    """

    linear: NDArray[np.int8]
    steps: Floats
    intercepts: Floats
    calibration: Floats
    attack: Floats
    cuts: Floats
    attack_cuts: Floats
    pairs: NDArray[np.uint8]
    words: NDArray[np.uint8]
    soup: Floats
    slurs: NDArray[np.uint64]


def shipped() -> Weights:
    """The weights in the package."""
    with resources.as_file(resources.files("zaffre.safety.local").joinpath(FILE)) as path:
        return load(path)


def load(path: Path) -> Weights:
    """The weights in a file. Raises OSError."""
    with np.load(path) as arrays:
        return Weights(**{name: arrays[name] for name in Weights.__struct_fields__})


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -30.0), 30.0)))
