"""Options that several commands share, and what they mean."""

import argparse
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import structs

from zaffre.app import loading
from zaffre.config.data import MANAGEMENT_KEYS, first_start_keys
from zaffre.config.load import Loaded, data_folder, defaults
from zaffre.config.schema import Config
from zaffre.config.secret import Secret

FAILED = 1
"""Exit status for what could not be done."""

MISTAKEN = 2
"""Exit status for a wrong configuration or command line."""


class Mistaken(Exception):
    """A command line that contradicts itself, or asks for what zaffre does not do."""


def check_unset(said: Iterable[str], unset: Collection[str]) -> None:
    """Raises Mistaken for a key that is to have a value and to have none."""
    if both := [key for key in said if key in unset]:
        raise Mistaken(f"{both[0]} cannot be set and unset at once")


def add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE", help="configuration file (default: two local models)")


def add_data(command: argparse.ArgumentParser) -> None:
    kept_in = _usual_folder()
    command.add_argument(
        "--data",
        type=_folder,
        metavar="DIR",
        default=kept_in,
        required=kept_in is None,
        help="where keys, models and certificates are kept (default: %(default)s)",
    )


def _usual_folder() -> Path | None:
    try:
        return data_folder()
    except RuntimeError:
        # The system knows no home of this user.
        return None


def _folder(text: str) -> Path:
    return Path(text).absolute()


def read(path: Path, *, policed: bool = True, warns: bool = True) -> Loaded:
    """The configuration file, its warnings said.

    Args:
        policed: a deployment that the file's own policies deny is a mistake.
        warns: False where another process has said the warnings.

    Raises:
        ConfigError
    """
    loaded = loading.read(path, policed=policed)
    for warning in loaded.warnings if warns else ():
        say(f"warning: {warning}")
    return loaded


def declared(path: Path | None) -> Config:
    """The file's configuration, else the default one, for what needs no keys.

    Raises:
        ConfigError
    """
    return defaults() if path is None else read(path).config


def config_of(path: Path | None, data: Path) -> Config:
    """The file's configuration, else the default one with the data folder's keys, made at the first start.

    Raises:
        ConfigError
    """
    return defaults(generated_keys(data)) if path is None else read(path).config


def without_file(data: Path) -> Config:
    """The default configuration with the data folder's keys, made at the first start: two for callers, one to manage.

    Raises:
        ConfigError
    """
    config = defaults(generated_keys(data))
    managers = first_start_keys(data, MANAGEMENT_KEYS, 1)
    for warning in managers.warnings:
        say(f"warning: {warning}")
    return structs.replace(config, management_keys=managers.keys)


def generated_keys(data: Path) -> tuple[Secret, ...]:
    """The data folder's keys, made at the first start.

    Raises:
        ConfigError
    """
    stored = first_start_keys(data)
    for warning in stored.warnings:
        say(f"warning: {warning}")
    return stored.keys


def say(line: str) -> None:
    """A line for the operator: on stderr, so that answers and banners stay clean."""
    print(line, file=sys.stderr, flush=True)
