"""What `zaffre deployment` and `zaffre connection` share: create, list, show, update and delete."""

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct, structs

from zaffre.app.offline import Offline
from zaffre.cli import options, resources
from zaffre.cli.table import table
from zaffre.config.schema import Config
from zaffre.core.resources import Kind, Resource
from zaffre.services.control.control import Change


def _as_it_is(found: Offline, name: str, body: dict[str, Any]) -> None:
    """Nothing is missing."""


def _nothing_more(config: Config, value: Any) -> dict[str, str]:
    """No facts."""
    return {}


class Noun(Struct, frozen=True):
    """A kind of resource, as the command line speaks of it."""

    kind: Kind
    plural: str
    """As people say it."""
    section: Callable[[Config], Mapping[str, Struct]]
    """Those of a configuration, by name."""
    needed: tuple[str, str] | None
    """The key that a new one must have, and what it is."""
    keys: Mapping[str, tuple[str, str]]
    """Keys that have options: what stands for a value, and what it is."""
    columns: Sequence[str]
    """Keys that a list shows."""
    lists: Collection[str] = ()
    """Keys whose values are several, with commas between them."""
    numbers: Collection[str] = ()
    command: str = ""
    """What the command is called, where that is not the kind."""
    complete: Callable[[Offline, str, dict[str, Any]], None] = _as_it_is
    """Adds to the body of a new one what goes without saying."""
    facts: Callable[[Config, Any], Mapping[str, str]] = _nothing_more
    """What is known of one in force beyond what it says."""


def add_noun(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", noun: Noun
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """The command of a noun; its actions, which may get more."""
    command = commands.add_parser(
        noun.command or noun.kind.value, help=f"create, list, show, update and delete {noun.plural}"
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, run: Callable[[Noun, argparse.Namespace], int], does: str) -> argparse.ArgumentParser:
        added = resources.add_action(actions, name, partial(run, noun), does)
        if name != "list":
            added.add_argument("name", metavar="NAME")
        return added

    action("list", show_all, f"all {noun.plural}, the configuration file's too")
    action("show", show, "all that is said of one, but for secrets")
    creating = action("create", create, "a new one")
    updating = action("update", update, "change some of its keys")
    action("delete", delete, "one that nothing else needs")
    for each in (creating, updating):
        if noun.needed is not None:
            key, what = noun.needed
            each.add_argument(f"--{key}", required=each is creating, metavar=key.upper(), help=what)
        _add_settings(each, noun.keys)
    updating.add_argument("--unset", action="append", default=[], metavar="KEY", help="a key that it shall not have")
    return actions


def _add_settings(action: argparse.ArgumentParser, keys: Mapping[str, tuple[str, str]]) -> None:
    for key, (metavar, what) in keys.items():
        action.add_argument(f"--{key.replace('_', '-')}", metavar=metavar, help=what)
    action.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any other key of the configuration file"
    )


def _said(noun: Noun, chosen: argparse.Namespace) -> dict[str, Any]:
    """What the options say of a body. Raises Mistaken."""
    needed = () if noun.needed is None else noun.needed[:1]
    values = {key: getattr(chosen, key) for key in (*needed, *noun.keys)}
    body = {key: _parsed(noun, key, value) for key, value in values.items() if value is not None}
    for text in chosen.set:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise options.Mistaken(f"--set: expected KEY=VALUE, found {text!r}")
        body[key] = _value(value)
    return body


def _parsed(noun: Noun, key: str, text: str) -> Any:
    if key in noun.lists:
        return text.split(",")
    # What is no number is refused with the key's name, as in a file.
    return int(text) if key in noun.numbers and text.isdecimal() else text


def _value(text: str) -> Any:
    """JSON where it is some, such as a list; else a text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def create(noun: Noun, chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """
    body = _said(noun, chosen)

    async def work(found: Offline) -> Resource:
        noun.complete(found, chosen.name, body)
        encoded = msgspec.json.encode(body)
        return await resources.put(found, noun.kind, chosen.name, lambda _: encoded, new=True)

    return _kept(chosen, resources.managed(chosen, work), "created")


def update(noun: Noun, chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """
    changes = _said(noun, chosen)
    options.check_unset(changes, chosen.unset)
    change = _changed(changes, chosen.unset)

    async def work(found: Offline) -> Resource:
        return await resources.put(found, noun.kind, chosen.name, change, new=False)

    return _kept(chosen, resources.managed(chosen, work), "updated")


def _changed(changes: dict[str, Any], unset: Collection[str]) -> Change:
    """Some keys of a body become others."""

    def change(present: Resource | None) -> bytes:
        body: dict[str, Any] = {} if present is None else msgspec.json.decode(present.body)
        return msgspec.json.encode({key: value for key, value in (body | changes).items() if key not in unset})

    return change


def _kept(chosen: argparse.Namespace, resource: Resource, done: str) -> int:
    """Say what was done, and what is kept."""
    if chosen.json:
        resources.show({"name": resource.name, **msgspec.json.decode(resource.body)}, as_json=True)
    else:
        print(f"{done} {resource.name}; {resources.SOON}")
    return 0


def delete(noun: Noun, chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """
    resources.managed(chosen, lambda found: resources.delete(found, noun.kind, chosen.name))
    resources.deleted(chosen)
    return 0


def show(noun: Noun, chosen: argparse.Namespace) -> int:
    """
    Raises:
        Mistaken, ConfigError, Unavailable
    """

    async def work(found: Offline) -> dict[str, Any]:
        return _described(noun, found, chosen.name)

    resources.show(resources.managed(chosen, work), as_json=chosen.json)
    return 0


def show_all(noun: Noun, chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Unavailable
    """

    async def work(found: Offline) -> list[dict[str, Any]]:
        stored = resources.names(found, noun.kind)
        names = {each.lower(): each for each in [*noun.section(found.control.effective.config), *stored]}
        return [_described(noun, found, name) for name in names.values()]

    found = resources.managed(chosen, work)
    if chosen.json:
        print(msgspec.json.encode(found).decode())
        return 0
    keys = ("name", *noun.columns, "from")
    heads = (noun.kind.upper(), *(key.upper().replace("_", " ") for key in keys[1:]))
    print(table([heads, *([_cell(each.get(key, "")) for key in keys] for each in found)]))
    return 0


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _described(noun: Noun, found: Offline, name: str) -> dict[str, Any]:
    """What is in force under a name, else what is stored and why that is not in force. Raises Mistaken."""
    control = found.control
    known = {each.lower(): (each, value) for each, value in noun.section(control.effective.config).items()}
    if name.lower() in known:
        spelled, value = known[name.lower()]
        declared = control.declared.where(noun.kind, name)
        facts = noun.facts(control.effective.config, value)
        return {"name": spelled, **_in_words(noun, value), **facts, "from": declared or "stored"}
    stored = control.state.get(noun.kind, name)
    if stored is None:
        raise resources.unknown(noun.kind, name, [each for each, _ in known.values()])
    why = control.effective.problems.get((noun.kind, name.lower()), "")
    return {"name": stored.name, **msgspec.json.decode(stored.body), "from": f"stored, not in force: {why}"}


def _shown(value: object) -> str:
    """Texts of a kind of their own as they are, all else, as it may be a secret, not at all."""
    return str(value) if isinstance(value, str) else "…"


def _in_words(noun: Noun, value: Struct) -> dict[str, Any]:
    """What it says, in the words of the file: secrets left out, and defaults that no list shows."""
    fields = {field.name: field.default for field in structs.fields(value)}
    said = {
        name: found
        for name, default in fields.items()
        if (found := getattr(value, name)) is not None and (found != default or name in noun.columns)
    }
    words: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(said, enc_hook=_shown))
    return {name: found for name, found in words.items() if found not in ({}, [])}
