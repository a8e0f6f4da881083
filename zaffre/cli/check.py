"""`zaffre check FILE`: is this configuration right? Says where it is not, and exits 2."""

import argparse
from collections.abc import Sized
from pathlib import Path

from zaffre.cli import options


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("check", help="check a configuration file")
    command.add_argument("file", type=Path, metavar="FILE")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    config = options.read(chosen.file).config
    print(f"{chosen.file}: good: {_count(config.deployments, 'deployment')}, {_count(config.keys, 'key')}")
    return 0


def _count(things: Sized, word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
