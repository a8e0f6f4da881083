"""`zaffre usage`: what was taken, by deployment, key and day."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from zaffre.app.database import database
from zaffre.app.unavailable import Unavailable
from zaffre.cli import options
from zaffre.cli.table import table
from zaffre.core.usage import GROUPS, UsageTotal
from zaffre.store import AnyDatabase, StoreError, UsageRows

_COLUMNS: Final = ("calls", "failed", "cancelled", "prompt_tokens", "completion_tokens", "cached_tokens")


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("usage", help="show what was used")
    options.add_config(command)
    options.add_data(command)
    command.add_argument("--by", default="deployment", metavar="GROUPS", help="some of deployment, key, day")
    command.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="the first day (UTC)")
    command.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="the last day (UTC)")
    command.add_argument("--json", action="store_true", help="as JSON, one object for each group")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken: a group that there is not.
        ConfigError
        Unavailable: the database cannot be read.
    """
    groups = [word.strip() for word in chosen.by.split(",")]
    for word in groups:
        if word not in GROUPS:
            raise options.Mistaken(f"--by: expected some of {', '.join(GROUPS)}, found {word!r}")
    totals = asyncio.run(_totals(_database(chosen), groups, chosen.since, chosen.until))
    print(msgspec.json.encode(totals).decode() if chosen.json else _table(groups, totals))
    return 0


def _database(chosen: argparse.Namespace) -> AnyDatabase:
    return database(options.declared(chosen.config), chosen.data)


async def _totals(
    database: AnyDatabase, groups: Sequence[str], since: str | None, until: str | None
) -> list[UsageTotal]:
    if not database.exists:
        return []
    try:
        return await UsageRows(database).totals(groups, first_day=since, last_day=until)
    except StoreError as error:
        raise Unavailable(str(error)) from error
    finally:
        await database.close()


def _table(groups: Sequence[str], totals: Sequence[UsageTotal]) -> str:
    """The groups' names on the left, figures on the right."""
    heads = [*groups, *(column.replace("_", " ") for column in _COLUMNS), "estimated"]
    rows = [_row(groups, total) for total in totals]
    return table([heads, *rows], right=range(len(groups), len(heads)))


def _row(groups: Sequence[str], total: UsageTotal) -> list[str]:
    figures = [f"{getattr(total, column):,}" for column in _COLUMNS]
    estimated = f"{total.estimated_calls:,} calls" if total.estimated_calls else ""
    return [*(getattr(total, GROUPS[group]) for group in groups), *figures, estimated]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day like 2026-11-24, found {text!r}") from None
