"""A classifier for tests: it knows harmless words that stand for harms, and gives the same verdict on the same text."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from zaffre.safety.classifier import Findings, Side

HARMS: Final = {"walrus": "hate", "teapot": "sexual", "thunder": "violence", "marble": "self_harm"}
"""`walrus6` is hate of severity 6; `walrus` alone, of 4."""


class Marking:
    """The port `safety.classifier.Classifier`."""

    name = "marking"
    categories = frozenset({*HARMS.values(), "jailbreak", "indirect_attack"})

    def __init__(self) -> None:
        self.asked: list[tuple[str, Side]] = []
        self.failing: Exception | None = None
        self.fails_after = 0
        """Calls that it answers first."""
        self.failing_on: Side | None = None
        """None: on every side."""
        self.wholes: str | None = None
        """What is violence where a text has it seven times."""
        self.called = asyncio.Event()
        self.gate: asyncio.Event | None = None
        """What a verdict waits for."""
        self.gated: Side = "prompt"
        self.waiting = asyncio.Event()
        self.given_up = 0

    async def classify(self, text: str, side: Side) -> Findings:
        self.asked.append((text, side))
        self.called.set()
        if self.gate is not None and side == self.gated:
            self.waiting.set()
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.given_up += 1
                raise
        if len(self.asked) > self.fails_after and self.failing is not None and self.failing_on in (None, side):
            raise self.failing
        severities = dict.fromkeys(HARMS.values(), 0)
        for word, level in re.findall(r"(walrus|teapot|thunder|marble)(\d?)", text):
            severities[HARMS[word]] = max(severities[HARMS[word]], int(level or 4))
        if self.wholes is not None and text.count(self.wholes) > 6:
            severities["violence"] = 6
        attacks = {"prompt": {"jailbreak": "lantern" in text}, "document": {"indirect_attack": "compass" in text}}
        return Findings(severities, {}, attacks.get(side, {}))


class Counted:
    """The port `core.screening.Filtered`, which remembers."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str, str]] = []

    def filtered(self, deployment: str, category: str, side: str) -> None:
        self.all.append((deployment, category, side))


SAFE: Final = {"filtered": False, "severity": "safe"}
HARMLESS: Final[Mapping[str, Any]] = {**dict.fromkeys(HARMS.values(), SAFE)}
NO_JAILBREAK: Final = {"jailbreak": {"filtered": False, "detected": False}}
"""Beside the harms, what a prompt is told to be free of by the default filter."""


def of(**found: str) -> dict[str, Any]:
    """The results of a text in which only these were found, all of them filtered."""
    return HARMLESS | {category: {"filtered": True, "severity": word} for category, word in found.items()}
