"""What commands for resources share: who acts, on which configuration, and how a resource is said and shown."""

import argparse
import asyncio
import getpass
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from zaffre.app.offline import Offline, offline
from zaffre.cli import options
from zaffre.core.errors import GatewayError
from zaffre.core.resources import Kind, Resource
from zaffre.services.control.control import Change, Precondition

T = TypeVar("T")

SOON: Final = "a running server sees it within two seconds"


def add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int],
    does: str,
) -> argparse.ArgumentParser:
    """One action of a command, with the options that all have."""
    action = actions.add_parser(name, help=does)
    options.add_config(action)
    options.add_data(action)
    action.add_argument("--json", action="store_true", help="answer in JSON")
    action.set_defaults(run=run)
    return action


def managed(chosen: argparse.Namespace, work: Callable[[Offline], Awaitable[T]], *, policed: bool = True) -> T:
    """Do something with what can be managed.

    Args:
        policed: a file whose deployments its own policies deny is a mistake.

    Raises:
        ConfigError, Unavailable, OSError
        Mistaken: it is refused.
    """
    loaded = None if chosen.config is None else options.read(chosen.config, policed=policed)

    async def worked() -> T:
        async with offline(loaded, chosen.data) as found:
            try:
                return await work(found)
            except GatewayError as error:
                raise options.Mistaken(error.message) from error

    return asyncio.run(worked())


async def put(found: Offline, kind: Kind, name: str, change: Change, *, new: bool) -> Resource:
    """Create or change a resource. Raises Mistaken: there is one already, or none yet."""
    present = found.control.state.get(kind, name)
    if new and present is not None:
        raise options.Mistaken(f"there is a {kind} {present.name} already; `update` changes it")
    if not new and present is None and found.control.declared.where(kind, name) is None:
        raise unknown(kind, name, names(found, kind))
    precondition = Precondition(absent=True) if new else Precondition()
    return await found.control.change(kind, name, change, actor=actor(), precondition=precondition)


async def delete(found: Offline, kind: Kind, name: str) -> None:
    """Raises Mistaken: there is none."""
    if not await found.control.delete(kind, name, actor=actor()):
        raise unknown(kind, name, names(found, kind))


def names(found: Offline, kind: Kind) -> list[str]:
    """Of all that are stored."""
    return [each.name for each in found.control.state.of(kind)]


def unknown(kind: Kind, name: str, known: Iterable[str]) -> options.Mistaken:
    """There is none of that name."""
    return options.Mistaken(f"there is no {kind} {name}; there are: {', '.join(known) or 'none'}")


def actor() -> str:
    """Who acts, for the audit."""
    return f"cli:{getpass.getuser()}"


def show(named: Mapping[str, object], as_json: bool) -> None:
    """Print one resource."""
    if as_json:
        print(msgspec.json.encode(named).decode())
        return
    width = max(map(len, named))
    for name, value in named.items():
        print(f"{name.ljust(width)}  {value if isinstance(value, str) else msgspec.json.encode(value).decode()}")


def deleted(chosen: argparse.Namespace) -> None:
    """Say that it is gone."""
    print(msgspec.json.encode({"deleted": chosen.name}).decode() if chosen.json else f"deleted {chosen.name}; {SOON}")
