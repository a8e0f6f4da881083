"""`zaffre blocklist create|list|show|update|add|remove|delete`: what is not wanted, listed while the server runs."""

import argparse
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from zaffre.app.offline import Offline
from zaffre.cli import options, resources
from zaffre.cli.table import table
from zaffre.config.filters import BlocklistConfig
from zaffre.core.resources import Kind
from zaffre.services.blocklists.lists import Blocklist, Blocklists
from zaffre.services.control.bodies import ItemBody, ListBody


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("blocklist", help="create, list, show, update, fill and delete blocklists")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    resources.add_action(actions, "list", show_all, "all blocklists, the configuration file's too")
    named = {
        name: resources.add_action(actions, name, run, does)
        for name, run, does in (
            ("show", show, "the items of one"),
            ("create", create, "a new one"),
            ("update", update, "change what is said of it"),
            ("add", add, "add items"),
            ("remove", remove, "remove items"),
            ("delete", delete, "one that no content filter uses, with its items"),
        )
    }
    for each in named.values():
        each.add_argument("name", metavar="NAME")
    for action in ("create", "update"):
        named[action].add_argument("--description", metavar="TEXT", help="for people")
    named["update"].add_argument(
        "--unset", action="append", default=[], choices=["description"], help="what shall not be said of it"
    )
    adding, removing = named["add"], named["remove"]
    adding.add_argument("items", nargs="*", metavar="ITEM", help="a word or a phrase")
    adding.add_argument("--file", type=Path, metavar="FILE", help="with words and phrases, one in each line")
    adding.add_argument(
        "--regex", nargs="+", default=[], metavar="PATTERN", help="regular expressions, as RE2 reads them"
    )
    adding.add_argument("--regex-file", type=Path, metavar="FILE", help="with regular expressions, one in each line")
    removing.add_argument("items", nargs="+", metavar="ITEM", help="a word, a phrase or a regular expression")


def create(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """

    async def work(found: Offline) -> Blocklist:
        if found.control.state.get(Kind.BLOCKLIST, chosen.name) is not None:
            raise options.Mistaken(f"there is a blocklist {chosen.name} already")
        made, _ = await _lists(found).put(chosen.name, lambda _: ListBody(chosen.description), actor=resources.actor())
        return made

    made = resources.managed(chosen, work)
    _done(chosen, {"name": made.name, "description": made.description}, f"created {made.name}")
    return 0


def update(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """
    if chosen.description is None and not chosen.unset:
        raise options.Mistaken("expected --description or --unset")
    options.check_unset([] if chosen.description is None else ["description"], chosen.unset)

    async def work(found: Offline) -> Blocklist:
        _check_there(found, chosen.name)
        changed, _ = await _lists(found).put(
            chosen.name, lambda said: replace(said, description=chosen.description), actor=resources.actor()
        )
        return changed

    changed = resources.managed(chosen, work)
    _done(chosen, {"name": changed.name, "description": changed.description}, f"updated {changed.name}")
    return 0


def add(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable, OSError
    """
    bodies = [ItemBody(item) for item in (*chosen.items, *_lines(chosen.file))]
    bodies += [ItemBody(pattern, regex=True) for pattern in (*chosen.regex, *_lines(chosen.regex_file))]
    if not bodies:
        raise options.Mistaken("expected items, --regex with patterns, or a file with either")

    async def work(found: Offline) -> int:
        _check_there(found, chosen.name)
        return len(await _lists(found).add(chosen.name, bodies, actor=resources.actor()))

    number = resources.managed(chosen, work)
    _done(chosen, {"name": chosen.name, "added": number}, f"added to {chosen.name}: {number}")
    return 0


def remove(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """
    unwanted = dict.fromkeys(chosen.items)

    async def work(found: Offline) -> None:
        _check_there(found, chosen.name)
        found.control.check_stored(Kind.BLOCKLIST, chosen.name)
        known = {each.text: each.id for each in _lists(found).items(chosen.name)}
        for pattern in unwanted:
            if pattern not in known:
                raise options.Mistaken(f"there is no item {pattern!r} in the blocklist {chosen.name}")
        await _lists(found).remove(chosen.name, [known[each] for each in unwanted], actor=resources.actor())

    resources.managed(chosen, work)
    _done(chosen, {"name": chosen.name, "removed": len(unwanted)}, f"removed from {chosen.name}: {len(unwanted)}")
    return 0


def delete(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """

    async def work(found: Offline) -> None:
        _check_there(found, chosen.name)
        await _lists(found).delete(chosen.name, actor=resources.actor())

    resources.managed(chosen, work)
    resources.deleted(chosen)
    return 0


def show(chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """

    async def work(found: Offline) -> list[dict[str, Any]]:
        _check_there(found, chosen.name)
        return [{"item": each.text, "regex": each.regex} for each in _lists(found).items(chosen.name)]

    items = resources.managed(chosen, work)
    if chosen.json:
        print(msgspec.json.encode(items).decode())
    else:
        print(table([("ITEM", "REGEX"), *((each["item"], "yes" if each["regex"] else "") for each in items)]))
    return 0


def show_all(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Unavailable
    """

    async def work(found: Offline) -> list[dict[str, Any]]:
        descriptions = {each.name.lower(): each.description for each in _lists(found).all()}
        return [
            _told(name, said, found.control.declared.where(Kind.BLOCKLIST, name), descriptions.get(name.lower()))
            for name, said in found.control.effective.config.blocklists.items()
        ]

    lists = resources.managed(chosen, work)
    if chosen.json:
        print(msgspec.json.encode(lists).decode())
    else:
        keys = ("name", "items", "description", "from")
        heads = ("BLOCKLIST", *map(str.upper, keys[1:]))
        print(table([heads, *([str(each.get(key, "")) for key in keys] for each in lists)]))
    return 0


def _told(name: str, said: BlocklistConfig, declared: str | None, description: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "items": len(said.items), "from": declared or "stored"}
    return told if declared or description is None else {**told, "description": description}


def _lists(found: Offline) -> Blocklists:
    return Blocklists(lambda: found.control)


def _check_there(found: Offline, name: str) -> None:
    """Raises Mistaken: there is no such list."""
    known = found.control.effective.config.blocklists
    if name.lower() not in map(str.lower, known):
        raise resources.unknown(Kind.BLOCKLIST, name, known)


def _lines(file: Path | None) -> list[str]:
    """Those of a file that are not empty."""
    return [] if file is None else [line for line in file.read_text().splitlines() if line.strip()]


def _done(chosen: argparse.Namespace, told: dict[str, Any], words: str) -> None:
    if chosen.json:
        print(msgspec.json.encode(told).decode())
    else:
        print(f"{words}; {resources.SOON}")
