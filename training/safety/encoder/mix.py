"""How much the encoder's word counts beside the n-grams', by rows that neither was trained on."""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from training.safety.calibrate import HARMLESS, ORDINARY_ATTACKS, above, platt, severity_cuts
from training.safety.data import Split
from training.safety.rows import HARMS, matrix
from zaffre.safety.local.encoder import Encoder, Mixing
from zaffre.safety.local.folding import folded
from zaffre.safety.local.logits import Reader
from zaffre.safety.local.second import ATTACK, HARM
from zaffre.safety.local.weights import Weights
from zaffre.safety.local.windows import windows

CHAT_ATTACKS: Final = 0.004
"""Less than the n-grams alone may flag: long instructions look more like attacks to an encoder that reads pieces."""

LEAST: Final = 0.5
"""Medium starts no lower: harm is rarer in traffic than in the rows that probabilities are learnt from."""


def mix(weights: Weights, folder: Path, split: Split) -> None:
    """Write `calibration.json` beside `encoder.onnx`."""
    encoder = Encoder(folder)
    rows, chats = split.calibrate, split.chat_calibrate
    ours, theirs = [], []
    for row in (*rows, *chats):
        reader = Reader(weights)
        seen = [reader.read(window) for window in windows(row.text)]
        ours.append([*np.max([part.harms.max(axis=0) for part in seen], axis=0), max(part.attack for part in seen)])
        theirs.append(np.max([encoder.logits(folded(window)) for window in windows(row.text)], axis=0))
    own, other = np.array(ours, dtype=np.float32), np.array(theirs, dtype=np.float32)
    labels = matrix([*rows, *chats])
    scary = np.array([row.source in HARMLESS for row in (*rows, *chats)])
    chat = np.arange(len(labels)) >= len(rows)
    probability = 1 / (1 + np.exp(-own))
    asked = (probability[:, : len(HARMS)].max(axis=1) >= HARM) | (probability[:, -1] >= ATTACK)
    factors, cuts = [], []
    mixed = probability.copy()
    for number in range(len(HARMS) + 1):
        known = (labels[:, number] >= 0) & asked
        both = np.stack([own[:, number], other[:, number]], axis=1)
        factor = platt(both[known], labels[known, number])
        factors.append(factor.tolist())
        mixed[asked, number] = 1 / (1 + np.exp(-(both[asked] @ factor[:2] + factor[2])))
        if number < len(HARMS):
            cuts.append(severity_cuts(mixed[:, number], labels[:, number], labels[:, number] >= 0, scary, chat, LEAST))
    ordinary = (labels[:, -1] == 0) & ~chat
    prompts = max(above(mixed[chat, -1], CHAT_ATTACKS), above(mixed[ordinary, -1], ORDINARY_ATTACKS / 2), 0.5)
    documents = max(above(mixed[ordinary, -1], ORDINARY_ATTACKS), 0.5)
    said = Mixing(factors, cuts, [prompts, documents])
    (folder / "calibration.json").write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")
