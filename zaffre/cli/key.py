"""`zaffre key list|create|regenerate|revoke`: who may call."""

import argparse
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from zaffre.app.offline import Offline
from zaffre.cli import options, resources
from zaffre.cli.table import table
from zaffre.config.named_key import KeyConfig
from zaffre.core.resources import Kind
from zaffre.core.surface import DATA
from zaffre.services.control.keys import create_key, renew_key

_SURFACES: Final = ", ".join(sorted(DATA))
SERVER_KEYS: Final = ("key1", "key2")
_SHOWN: Final = 4


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("key", help="list, create, regenerate and revoke keys")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = resources.add_action(actions, "list", show_all, "the server's own keys, and those with a name")
    listing.add_argument("--reveal", action="store_true", help="show the server's own keys")
    creating = resources.add_action(actions, "create", create, "a key with a name, shown once")
    regenerating = resources.add_action(
        actions, "regenerate", regenerate, "another key in its place: key1 and key2 are the server's own"
    )
    revoking = resources.add_action(actions, "revoke", revoke, "it opens nothing from now on")
    for action in (creating, regenerating, revoking):
        action.add_argument("name", metavar="NAME")
    scopes = creating.add_argument
    scopes("--deployment", action="append", metavar="NAME", help="that it opens; may be repeated (default: all)")
    scopes("--surface", action="append", metavar="SURFACE", help=f"{_SURFACES}; may be repeated (default: all)")
    scopes("--expires", metavar="WHEN", help="a date or a time, such as 2027-01-31")
    scopes("--rpm", metavar="N", help="requests a minute")
    scopes("--tpm", metavar="N", help="tokens a minute")


def create(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """
    lists = {"deployments": chosen.deployment, "surfaces": chosen.surface}
    scopes = lists | {name: getattr(chosen, name) for name in ("expires", "rpm", "tpm")}
    wanted = {name: value for name, value in scopes.items() if value is not None}

    async def work(found: Offline) -> str:
        if found.control.state.get(Kind.KEY, chosen.name) is not None:
            raise options.Mistaken(f"there is a key {chosen.name} already; `zaffre key regenerate` makes it anew")
        return await create_key(found.control, chosen.name, wanted, actor=resources.actor())

    return _shown_once(chosen, resources.managed(chosen, work))


def regenerate(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable, OSError
    """
    own = chosen.name.lower()

    async def work(found: Offline) -> str:
        if own in SERVER_KEYS:
            number = SERVER_KEYS.index(own)
            return (await found.server_keys.regenerate(number + 1, actor=resources.actor()))[number]
        if found.control.state.get(Kind.KEY, chosen.name) is None:
            raise resources.unknown(Kind.KEY, chosen.name, [*SERVER_KEYS, *resources.names(found, Kind.KEY)])
        return await renew_key(found.control, chosen.name, actor=resources.actor())

    return _shown_once(chosen, resources.managed(chosen, work))


def _shown_once(chosen: argparse.Namespace, key: str) -> int:
    if chosen.json:
        print(msgspec.json.encode({"name": chosen.name, "key": key}).decode())
    else:
        print(key)
        options.say(f"{chosen.name}; {resources.SOON}")
    return 0


def revoke(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """

    async def work(found: Offline) -> None:
        if chosen.name.lower() in SERVER_KEYS:
            raise options.Mistaken(f"the server always has a {chosen.name}; `zaffre key regenerate` makes it anew")
        await resources.delete(found, Kind.KEY, chosen.name)

    resources.managed(chosen, work)
    resources.deleted(chosen)
    return 0


def show_all(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Unavailable
    """

    async def work(found: Offline) -> list[dict[str, Any]]:
        pair = zip(SERVER_KEYS, found.server_keys.pair(), strict=True)
        own = [_own(name, key, chosen.reveal) for name, key in pair if key]
        return [*own, *(_named(name, wanted) for name, wanted in found.control.effective.keys.items())]

    found = resources.managed(chosen, work)
    if chosen.json:
        print(msgspec.json.encode(found).decode())
        return 0
    heads = ("NAME", "KEY", "DEPLOYMENTS", "SURFACES", "EXPIRES", "RPM", "TPM")
    rows = [[_cell(each.get(head.lower(), "")) for head in heads] for each in found]
    print(table([heads, *rows], right=(5, 6)))
    return 0


def _own(name: str, key: str, reveal: bool) -> dict[str, Any]:
    return {"name": name, "key": key if reveal else f"…{key[-_SHOWN:]}", "deployments": "all", "surfaces": "all"}


def _named(name: str, wanted: KeyConfig) -> dict[str, Any]:
    expires = None if wanted.expires is None else datetime.fromtimestamp(wanted.expires, UTC).isoformat()
    scopes = {"deployments": wanted.deployments, "surfaces": wanted.surfaces}
    limits = {"expires": expires, "rpm": wanted.rpm, "tpm": wanted.tpm}
    said = {key: value for key, value in limits.items() if value is not None}
    return {"name": name, "key": f"…{wanted.hint}", **scopes, **said}


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
