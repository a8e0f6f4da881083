"""Options that several commands share, and what they mean."""

import argparse
import sys
from pathlib import Path

from zaffre.app import loading
from zaffre.config.data import first_start_keys
from zaffre.config.load import Loaded, data_folder, defaults
from zaffre.config.schema import Config

FAILED = 1
"""Exit status for what could not be done."""

MISTAKEN = 2
"""Exit status for a wrong configuration or command line."""


def add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE", help="configuration file (default: two local models)")


def add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=data_folder(),
        help="where keys, models and certificates are kept (default: %(default)s)",
    )


def read(path: Path) -> Loaded:
    """The configuration file, its warnings said.

    Raises:
        ConfigError
    """
    loaded = loading.read(path)
    for warning in loaded.warnings:
        say(f"warning: {warning}")
    return loaded


def config_of(path: Path | None, data: Path) -> Config:
    """The file's configuration, else the default one with the data folder's keys, made at the first start.

    Raises:
        ConfigError
    """
    if path is not None:
        return read(path).config
    stored = first_start_keys(data)
    for warning in stored.warnings:
        say(f"warning: {warning}")
    return defaults(stored.keys)


def say(line: str) -> None:
    """A line for the operator: on stderr, so that answers and banners stay clean."""
    print(line, file=sys.stderr, flush=True)
