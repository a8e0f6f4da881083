"""`zaffre policy list|check`: the rules for deployments, and the deployments that are not by the rules."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from zaffre.cli import options
from zaffre.config.load import defaults
from zaffre.config.policies import Policy
from zaffre.config.schema import Config, DeploymentConfig
from zaffre.services.control.policy import Denial, violations


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("policy", help="show the rules for deployments, and who breaks them")
    what = command.add_subparsers(dest="what", required=True, metavar="list|check")
    for name, help_text, run in (
        ("list", "show the rules", _list),
        ("check", "show the deployments that the rules deny (exit status 1 when there is one)", _check),
    ):
        each = what.add_parser(name, help=help_text)
        options.add_config(each)
        each.add_argument("--json", action="store_true", help="as JSON")
        each.set_defaults(run=run)


def _list(chosen: argparse.Namespace) -> int:
    policies = _config(chosen).policies
    if chosen.json:
        print(msgspec.json.encode(list(map(said, policies))).decode())
    else:
        print("\n".join(map(_line, policies)) if policies else "no policies: any deployment may be")
    return 0


def _check(chosen: argparse.Namespace) -> int:
    config = _config(chosen)
    return check(config.policies, config.deployments, as_json=chosen.json)


def check(policies: Sequence[Policy], deployments: Mapping[str, DeploymentConfig], *, as_json: bool) -> int:
    """Print which of the deployments the policies deny; the exit status."""
    denials = violations(policies, deployments)
    if as_json:
        print(msgspec.json.encode([_told(each) for each in denials]).decode())
    elif denials:
        print("\n".join(f"{each.deployment}: denied by {each.policy}: {each.reason}" for each in denials))
    else:
        print(f"good: no policy denies any of {len(deployments)} deployments")
    return options.FAILED if denials else 0


def _config(chosen: argparse.Namespace) -> Config:
    """The file's, even where it breaks its own rules: that is what is asked."""
    return defaults() if chosen.config is None else options.read(chosen.config, policed=False).config


def said(policy: Policy) -> dict[str, Any]:
    """What a rule says, in the words of the file and without what goes without saying."""
    return {key: value for key, value in structs.asdict(policy).items() if value is not None}


def _told(denial: Denial) -> dict[str, Any]:
    return {
        "deployment": denial.deployment,
        "policy": denial.policy,
        "reason": denial.reason,
        "fields": {each.field: each.value for each in denial.findings},
    }


def _line(policy: Policy) -> str:
    rest = {key: value for key, value in said(policy).items() if key not in ("name", "effect")}
    listed = (f"{key} {', '.join(value) if isinstance(value, tuple) else value}" for key, value in rest.items())
    return f"{policy.name}: {policy.effect} {'; '.join(listed)}"
