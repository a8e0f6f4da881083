"""Fine-tuning for a given time: batches of texts of like length, masked loss, the embeddings left as they are."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from training.safety.encoder.bert import Encoder, published
from training.safety.rows import OUTPUTS, UNKNOWN, Labels, Row, matrix
from zaffre.safety.local.folding import folded
from zaffre.safety.local.wordpiece import WordPiece

WINDOW: Final = 128
"""Tokens that are read in training, marks included."""
BATCH: Final = 32
RATE: Final = 3e-4
_WARM: Final = 0.06
_POOL: Final = 40
"""Batches that are sorted by length together."""


_WEIGHTS: Final = {
    "hatecheck": 0.4, "davidson": 0.7, "edos": 0.7, "t0_p3": 0.5, "python_library": 0.7, "joined_benign": 1.6,
    "grammar_identity": 2.0,
    "grammar_attack_benign": 1.4,
}  # fmt: skip


def weight(row: Row) -> float:
    """How often a row is drawn: templates repeat themselves, and harmless texts must not be drowned."""
    made = row.source.startswith(("inserted", "grammar"))
    return _WEIGHTS.get(row.source, 0.75 if made else 1.0)


def cut(tokens: list[int], pieces: WordPiece, longest: int, chance: random.Random | None = None) -> list[int]:
    """One window with its marks: the beginning, or by chance some other part."""
    room = longest - 2
    start = 0
    if chance is not None and len(tokens) > room and chance.random() < 0.5:
        start = chance.randrange(len(tokens) - room + 1)
    return [pieces.first, *tokens[start : start + room], pieces.last]


def padded(windows: Sequence[list[int]]) -> torch.Tensor:
    longest = max(map(len, windows))
    return torch.tensor([window + [0] * (longest - len(window)) for window in windows])


def tune(
    rows: Sequence[Row],
    weights: Sequence[float],
    base: Path,
    seconds: float,
    said: Callable[[str], None],
    seed: int = 20,
) -> tuple[Encoder, WordPiece]:
    """Train for that long, at a rate that falls to zero. `base`: a folder with `model.safetensors`, `vocab.txt`."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    vocabulary = (base / "vocab.txt").read_text(encoding="utf-8").splitlines()
    pieces = WordPiece(vocabulary)
    encoder = published(base / "model.safetensors", len(vocabulary), len(OUTPUTS))
    for part in (encoder.words, encoder.positions):
        part.requires_grad_(False)
    tokens = [pieces.tokens(folded(row.text[:4000])) for row in rows]
    labels = matrix(rows)
    lift = np.array([_lift(labels, number) for number in range(len(OUTPUTS))], dtype=np.float32)
    optimizer = torch.optim.AdamW([p for p in encoder.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    encoder.train()
    begun, step, running = time.monotonic(), 0, 0.0
    while (done := (time.monotonic() - begun) / seconds) < 1:
        chosen = chance.choices(range(len(rows)), weights=weights, k=BATCH * _POOL)
        windows = sorted(((cut(tokens[i], pieces, WINDOW, chance), i) for i in chosen), key=lambda pair: len(pair[0]))
        batches = [windows[start : start + BATCH] for start in range(0, len(windows), BATCH)]
        chance.shuffle(batches)
        for batch in batches:
            if (done := (time.monotonic() - begun) / seconds) >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(done / _WARM, (1 - done) / (1 - _WARM))
            truth = torch.from_numpy(labels[[i for _, i in batch]].astype(np.float32))
            known = (truth != UNKNOWN).float()
            factor = known * torch.where(truth == 1, torch.from_numpy(lift), torch.ones(1))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = encoder(padded([window for window, _ in batch]))
            loss = functional.binary_cross_entropy_with_logits(
                logits.float(), truth.clamp(min=0), factor, reduction="sum"
            )
            loss = loss / known.sum().clamp(min=1)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimizer.step()
            running = 0.98 * running + 0.02 * float(loss.detach())
            step += 1
        said(f"{step} steps, {done:.0%}, loss {running:.3f}")
    return encoder.eval(), pieces


def _lift(labels: Labels, number: int) -> float:
    known = labels[:, number] != UNKNOWN
    positive = int((labels[:, number] == 1).sum())
    return float(np.clip(np.sqrt((known.sum() - positive) / max(positive, 1)) / 1.5, 1, 4))
