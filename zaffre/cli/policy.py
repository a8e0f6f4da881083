"""`zaffre policy create|list|show|update|delete|check`: rules for deployments, and the deployments that break them."""

import argparse
from typing import Any, Final

import msgspec

from zaffre.app.offline import Offline
from zaffre.cli import options, resources
from zaffre.cli.noun import Noun, add_noun
from zaffre.config.schema import Config
from zaffre.core.resources import Kind
from zaffre.services.control.policy import Denial, violations


def _with_name(found: Offline, name: str, body: dict[str, Any]) -> None:
    body["name"] = name


NOUN: Final = Noun(
    Kind.POLICY,
    "policies",
    lambda config: {each.name: each for each in config.policies},
    None,
    {
        "effect": ("EFFECT", "allow or deny (default: deny)"),
        "publishers": ("PATTERN,...", "whose models"),
        "models": ("PATTERN,...", "which models"),
        "versions": ("PATTERN,...", "which versions"),
        "skus": ("SKU,...", "which capacity types"),
        "max_capacity": ("UNITS", "that a deployment may have"),
        "content_filter": ("required", "that a deployment must have one"),
        "message": ("TEXT", "told to who is refused"),
    },
    ("effect", "publishers", "models", "versions", "skus", "max_capacity", "content_filter"),
    lists=("publishers", "models", "versions", "skus"),
    numbers=("max_capacity",),
    complete=_with_name,
)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    actions = add_noun(commands, NOUN)
    does = "the deployments that the policies deny (exit status 1 when there is one)"
    resources.add_action(actions, "check", check, does)


def check(chosen: argparse.Namespace) -> int:
    """
    Raises:
        ConfigError, Unavailable
    """

    async def work(found: Offline) -> Config:
        return found.control.effective.config

    # A file that breaks its own rules is what is asked for.
    config = resources.managed(chosen, work, policed=False)
    denials = violations(config.policies, config.deployments)
    if chosen.json:
        print(msgspec.json.encode([_told(each) for each in denials]).decode())
    elif denials:
        print("\n".join(f"{each.deployment}: denied by {each.policy}: {each.reason}" for each in denials))
    else:
        print(f"good: no policy denies any of {len(config.deployments)} deployments")
    return options.FAILED if denials else 0


def _told(denial: Denial) -> dict[str, Any]:
    return {
        "deployment": denial.deployment,
        "policy": denial.policy,
        "reason": denial.reason,
        "fields": {each.field: each.value for each in denial.findings},
    }
