"""`python -m training.safety.encoder --data DIR --base DIR --out FOLDER`: fine-tune, export, mix with the n-grams."""

import argparse
import shutil
from pathlib import Path

from training.safety.data import split
from training.safety.encoder.export import export
from training.safety.encoder.mix import mix
from training.safety.encoder.tune import tune, weight
from zaffre.safety.local.weights import shipped


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.safety.encoder")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `training.safety train` reads")
    parser.add_argument("--base", type=Path, required=True, help="model.safetensors and vocab.txt of all-MiniLM-L6-v2")
    parser.add_argument(
        "--seconds", type=float, default=1400, help="how long to train; more is better up to a few passes"
    )
    parser.add_argument("--out", type=Path, default=Path("packages/zaffre-safety-minilm/zaffre_safety_minilm"))
    options = parser.parse_args()
    rows = split(options.data)
    encoder, _ = tune(rows.train, [weight(row) for row in rows.train], options.base, options.seconds, print)
    export(encoder, options.out / "encoder.onnx")
    shutil.copy(options.base / "vocab.txt", options.out / "vocab.txt")
    mix(shipped(), options.out, rows)


if __name__ == "__main__":
    main()
