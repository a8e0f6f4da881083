"""What a content filter looks for on each side, and what it does about it. Two filters are always there.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/default-safety-policies
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from zaffre.config.filters import (
    DEFAULT,
    DEFAULT_V2,
    Detection,
    FilterConfig,
    Handling,
    Harm,
    Level,
    ListUse,
    PersonalData,
    Sides,
    Threshold,
)
from zaffre.safety.classifier import CATEGORIES, HIGH, LOW, MEDIUM

_LEVELS: Final = {"low": LOW, "medium": MEDIUM, "high": HIGH}

SYSTEM: Final[Mapping[str, FilterConfig]] = {
    DEFAULT: FilterConfig(base=DEFAULT, hate="medium", sexual="medium", violence="medium", self_harm="medium"),
    DEFAULT_V2: FilterConfig(
        hate="medium",
        sexual="medium",
        violence="medium",
        self_harm="medium",
        jailbreak="block",
        protected_material_text="block",
        protected_material_code="block",
    ),
}
"""The filters that nobody can change."""


class Rule(Struct, frozen=True):
    """What is done about one category on one side."""

    blocks: bool
    threshold: int = 0
    """Of a harm: the severity from which on it counts."""


class ListRule(Struct, frozen=True):
    """What is done about the items of one blocklist on one side."""

    name: str
    blocks: bool


class Watch(Struct, frozen=True):
    """What is looked for on one side. What is absent is not looked for."""

    rules: Mapping[str, Rule]
    lists: tuple[ListRule, ...] = ()
    personal: Mapping[PersonalData, Handling] = {}


class Policy(Struct, frozen=True):
    """One content filter."""

    name: str
    prompt: Watch
    completion: Watch
    backend: str
    asynchronous: bool = False
    parallel: bool = False
    closed: bool = False
    """Whether nothing is answered that could not be checked."""
    annotates: bool = True
    log_text: bool = False
    self_harm_help: str | None = None


def policy(name: str, said: FilterConfig) -> Policy:
    """The policy of a configuration, what it does not say filled in by its base."""
    base = SYSTEM[said.base]
    return Policy(
        name,
        Watch(_rules(said, base, "prompt"), _lists(said, "prompt")),
        Watch(_rules(said, base, "completion"), _lists(said, "completion"), said.pii),
        said.backend,
        said.mode == "asynchronous",
        said.screen == "parallel",
        said.on_error == "closed",
        said.annotations,
        said.log_text,
        said.self_harm_help,
    )


def _rules(said: FilterConfig, base: FilterConfig, side: str) -> dict[str, Rule]:
    rules: dict[str, Rule | None] = {name: _harm(said, base, name, side) for name in CATEGORIES}
    names = ("jailbreak", "indirect_attack") if side == "prompt" else _MATERIAL
    for name in (*names, "profanity"):
        rules[name] = _detection(_on_side(getattr(said, name), side) or _on_side(getattr(base, name), side))
    return {name: rule for name, rule in rules.items() if rule is not None}


_MATERIAL: Final = ("protected_material_text", "protected_material_code")


def _harm(said: FilterConfig, base: FilterConfig, name: str, side: str) -> Rule | None:
    level = _level(getattr(said, name), side) or _level(getattr(base, name), side) or "off"
    wanted = Threshold(level) if isinstance(level, str) else level
    if wanted.threshold == "off":
        return None
    return Rule(wanted.action == "block", _LEVELS[wanted.threshold])


def _level(said: Level | Harm | None, side: str) -> Level | Threshold | None:
    level: Level | Threshold | None = getattr(said, side) if isinstance(said, Harm) else said
    return level


def _on_side(said: Detection | Sides | None, side: str) -> Detection | None:
    detection: Detection | None = getattr(said, side) if isinstance(said, Sides) else said
    return detection


def _detection(said: Detection | None) -> Rule | None:
    return None if said is None or said == "off" else Rule(said == "block")


def _lists(said: FilterConfig, side: str) -> tuple[ListRule, ...]:
    uses = (ListUse(use) if isinstance(use, str) else use for use in said.blocklists)
    return tuple(ListRule(use.name, getattr(use, side) == "block") for use in uses if getattr(use, side) != "off")
