"""`zaffre db migrate`: bring the database to this server's version ahead of its start."""

import argparse
import asyncio

import msgspec

from zaffre.app.database import database
from zaffre.app.unavailable import Unavailable
from zaffre.cli import options, resources
from zaffre.store import AnyDatabase, StoreError


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("db", help="bring the database to this server's version")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    resources.add_action(actions, "migrate", migrate, "apply the migrations that were not; servers may be at work")


def migrate(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Unavailable: the database cannot be used.
    """
    applied = asyncio.run(_migrated(database(options.declared(chosen.config), chosen.data)))
    if chosen.json:
        print(msgspec.json.encode({"applied": applied}).decode())
    else:
        print("\n".join(applied) if applied else "nothing to do: the database is of the newest version")
    return 0


async def _migrated(found: AnyDatabase) -> list[str]:
    try:
        return await found.open()
    except StoreError as error:
        raise Unavailable(str(error)) from error
    finally:
        await found.close()
