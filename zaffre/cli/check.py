"""`zaffre check FILE`: is this configuration right? Says where it is not, and exits 2."""

import argparse
from pathlib import Path

from zaffre.cli import options


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("check", help="check a configuration file")
    command.add_argument("file", type=Path, metavar="FILE")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    config = options.read(chosen.file).config
    print(f"{chosen.file}: good: {len(config.deployments)} deployments, {len(config.keys)} keys")
    return 0
