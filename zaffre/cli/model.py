"""`zaffre model list|pull`: the local models of a configuration, and their weights."""

import argparse
from collections.abc import Collection, Iterator, Sequence

from zaffre import catalog
from zaffre.app import extras
from zaffre.app.backends import LOCAL
from zaffre.cli import options
from zaffre.cli.table import table
from zaffre.config.schema import Config, DeploymentConfig


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("model", help="local models and their weights")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the local models, and whether their weights are here")
    listing.set_defaults(run=show)
    pulling = actions.add_parser("pull", help="fetch the weights of local models")
    pulling.add_argument("deployments", nargs="*", metavar="DEPLOYMENT", help="default: all local ones")
    pulling.set_defaults(run=pull)
    for action in (listing, pulling):
        options.add_config(action)
        options.add_data(action)


def show(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Unavailable: the extra `local` is not installed.
    """
    local = extras.local()
    rows = [("DEPLOYMENT", "MODEL", "WEIGHTS", "SOURCE")]
    for name, wanted in _local(options.config_of(chosen.config, chosen.data)):
        facts = catalog.find(wanted.model)
        here = local.kept(wanted, facts, chosen.data)
        rows.append((name, wanted.model, "here" if here else "not here", wanted.source or facts.source or ""))
    print(table(rows))
    return 0


def pull(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Mistaken, Unavailable: the weights cannot be had; the message says why.
    """
    local = extras.local()
    known = dict(_local(options.config_of(chosen.config, chosen.data)))
    for name in _named(known, chosen.deployments):
        path = local.fetch(known[name], catalog.find(known[name].model), chosen.data)
        print(f"{name}: {path}", flush=True)
    return 0


def _named(known: Collection[str], wanted: Sequence[str]) -> list[str]:
    """The deployments of these names, in any letter case; all of them where none is named."""
    spelled = {name.lower(): name for name in known}
    missing = [name for name in wanted if name.lower() not in spelled]
    if missing:
        raise options.Mistaken(f"no local deployment {', '.join(missing)}; there are {', '.join(known) or 'none'}")
    return [spelled[name.lower()] for name in wanted or known]


def _local(config: Config) -> Iterator[tuple[str, DeploymentConfig]]:
    for name, wanted in config.deployments.items():
        if config.connections[wanted.connection].provider == LOCAL:
            yield name, wanted
