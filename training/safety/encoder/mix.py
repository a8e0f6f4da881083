"""How much the encoder's word counts beside the n-grams', by rows that neither was trained on.

`python -m training.safety.encoder.mix --data DIR` does it again for the encoder there is, after other n-grams.
"""

import argparse
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from training.safety.calibrate import CHAT_ATTACKS, ORDINARY_ATTACKS, above, attack, platt, severity_cuts
from training.safety.data import Split, split
from training.safety.rows import HARMS, matrix
from zaffre.safety.local.encoder import Encoder, Mixing
from zaffre.safety.local.folding import folded
from zaffre.safety.local.logits import Reader
from zaffre.safety.local.second import ATTACK, HARM
from zaffre.safety.local.weights import Weights, shipped
from zaffre.safety.local.windows import windows

FOLDER: Final = Path("packages/zaffre-safety-minilm/zaffre_safety_minilm")
LEAST: Final = 0.5
"""Medium starts no lower: harm is rarer in traffic than in the rows that probabilities are learnt from."""


def mix(weights: Weights, folder: Path, data: Split) -> None:
    """Write `calibration.json` beside `encoder.onnx`."""
    encoder = Encoder(folder)
    rows, chats = data.calibrate, data.chat_calibrate
    ours, theirs, documents = [], [], []
    for row in (*rows, *chats):
        reader = Reader(weights)
        seen = [reader.read(window) for window in windows(row.text)]
        ours.append([*np.max([part.harms.max(axis=0) for part in seen], axis=0), max(part.attack for part in seen)])
        documents.append(attack(weights, row.text, "document"))
        theirs.append(np.max([encoder.logits(folded(window)) for window in windows(row.text)], axis=0))
    own, other = np.array(ours, dtype=np.float32), np.array(theirs, dtype=np.float32)
    labels = matrix([*rows, *chats])
    sources = np.array([row.source for row in (*rows, *chats)])
    chat = np.arange(len(labels)) >= len(rows)
    probability = 1 / (1 + np.exp(-own))
    asked = (probability[:, : len(HARMS)].max(axis=1) >= HARM) | (probability[:, -1] >= ATTACK["prompt"])
    # Lines of our own grammars are the n-grams' home: on texts of others they deserve no more trust than the encoder.
    public = ~np.char.startswith(sources, "grammar")
    factors, cuts = [], []
    mixed = probability.astype(np.float32)
    for number in range(len(HARMS) + 1):
        known = (labels[:, number] >= 0) & asked
        both = np.stack([own[:, number], other[:, number]], axis=1)
        if number < len(HARMS):
            mean, offset = platt(both[known & public].mean(axis=1, keepdims=True), labels[known & public, number])
            factor = np.array([mean / 2, mean / 2, offset])
        else:
            factor = platt(both[known], labels[known, number])
        factors.append(factor.tolist())
        mixed[asked, number] = 1 / (1 + np.exp(-(both[asked] @ factor[:2] + factor[2])))
        if number < len(HARMS):
            cuts.append(
                severity_cuts(mixed[:, number], labels[:, number], labels[:, number] >= 0, sources, chat, LEAST)
            )
    ordinary = (labels[:, -1] == 0) & ~chat
    prompts = max(above(mixed[chat, -1], CHAT_ATTACKS), above(mixed[ordinary, -1], ORDINARY_ATTACKS / 2), 0.5)
    in_documents = np.stack([np.array(documents), other[:, -1], np.ones(len(other))], axis=1) @ factors[-1]
    in_documents = 1 / (1 + np.exp(-in_documents))
    said = Mixing(factors, cuts, [prompts, max(above(in_documents[ordinary], ORDINARY_ATTACKS), 0.5)])
    (folder / "calibration.json").write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.safety.encoder.mix")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `training.safety train` reads")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where encoder.onnx is")
    options = parser.parse_args()
    mix(shipped(), options.folder, split(options.data))


if __name__ == "__main__":
    main()
