"""The optional second opinion: a small fine-tuned encoder, asked only where the n-grams see something.

Its weights are a distribution of their own, `zaffre-safety-minilm`, and run on onnxruntime: the extra `safety`.
"""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from zaffre.safety.local.second import Second
from zaffre.safety.local.wordpiece import WordPiece

Floats = NDArray[np.float32]

PIECES: Final = 180
"""Tokens that are read at once."""
STRIDE: Final = 150


class Mixing(msgspec.Struct, frozen=True):
    """What `calibration.json` says, as `Second` has it."""

    factors: list[list[float]]
    cuts: list[list[float]]
    attack_cuts: list[float]


class Encoder:
    """Logits of a folded text: four harms and attack. Runs outside the interpreter's lock, on one core."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: with `encoder.onnx` and `vocab.txt`. Raises OSError.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, ["CPUExecutionProvider"])
        self._pieces = WordPiece((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())

    def logits(self, text: str) -> Floats:
        """The highest of its stretches of PIECES tokens."""
        tokens = self._pieces.tokens(text)
        starts = range(0, max(len(tokens) - (PIECES - STRIDE), 1), STRIDE)
        return np.max([self._read(tokens[start : start + PIECES]) for start in starts], axis=0)  # type: ignore[no-any-return]

    def _read(self, tokens: list[int]) -> Floats:
        whole = np.array([[self._pieces.first, *tokens, self._pieces.last]], dtype=np.int64)
        return self._session.run(None, {"tokens": whole})[0][0]  # type: ignore[no-any-return]


def second(folder: Path) -> Second:
    """The second opinion of the encoder in a folder. Raises OSError, msgspec.DecodeError."""
    mixing = msgspec.json.decode((folder / "calibration.json").read_bytes(), type=Mixing)
    return Second(
        logits=Encoder(folder).logits,
        factors=np.array(mixing.factors, dtype=np.float32),
        cuts=np.array(mixing.cuts, dtype=np.float32),
        attack_cuts=np.array(mixing.attack_cuts, dtype=np.float32),
    )
