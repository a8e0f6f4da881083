"""`python -m training.safety train --data DIR --out FILE`, `... evaluate --data DIR --page FILE`."""

import argparse
from importlib import import_module
from pathlib import Path

from training.safety.data import split
from training.safety.evaluate import evaluate
from training.safety.report import page
from training.safety.train import save, train
from zaffre.safety.local.classifier import LocalClassifier
from zaffre.safety.local.weights import load


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.safety", description="Weights of the local content filter."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, says in (
        ("train", "rows in, weights out"),
        ("evaluate", "what weights catch, as a page of the documentation"),
    ):
        command = commands.add_parser(name, help=says)
        command.add_argument(
            "--data", type=Path, required=True, help="a folder with train- and dev-permissive.jsonl.gz"
        )
        command.add_argument("--sharealike", action="store_true", help="use the files under share-alike licences too")
        command.add_argument(
            "--without",
            metavar="SOURCE",
            action="append",
            default=[],
            help="keep a source from training, and report on it alone; may be repeated",
        )
        command.add_argument(
            "--weights" if name == "evaluate" else "--out", type=Path, default=Path("zaffre/safety/local/weights.npz")
        )
        if name == "evaluate":
            command.add_argument("--encoder", type=Path, help="a folder with the encoder's weights")
            command.add_argument("--page", type=Path, default=Path("docs/content-safety-report.md"))
    options = parser.parse_args()
    rows = split(options.data, sharealike=options.sharealike, without=options.without)
    if options.command == "train":
        save(train(rows, options.data, print), options.out)
    else:
        weights = load(options.weights)
        alone = evaluate(LocalClassifier(weights).findings, rows)
        both = None
        if options.encoder:
            # Only the encoder needs onnxruntime.
            second = import_module("zaffre.safety.local.encoder").second(options.encoder)
            both = evaluate(LocalClassifier(weights, second).findings, rows)
        options.page.write_text(page(alone, both), encoding="utf-8")


if __name__ == "__main__":
    main()
