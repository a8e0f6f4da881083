"""A classifier that takes texts at their word: `hate4` is hate of severity 4, `attack` is one."""

import asyncio
import re

from zaffre.core.errors import ClassifierFailed
from zaffre.safety.classifier import ATTACKS, CATEGORIES, Findings, Side


class Words:
    """The port, for tests."""

    name = "local"
    categories = frozenset((*CATEGORIES, *ATTACKS))

    def __init__(self) -> None:
        self.broken = False

    async def classify(self, text: str, side: Side) -> Findings:
        await asyncio.sleep(0)
        if self.broken:
            raise ClassifierFailed("timeout")
        severities: dict[str, int] = dict.fromkeys(CATEGORIES, 0)
        for category, severity in re.findall(r"(hate|sexual|violence|self_harm)([0-7])", text):
            severities[category] = max(int(severity), severities[category])
        scores = {category: severity / 7 for category, severity in severities.items()}
        attacks: dict[str, bool] = {}
        if side != "completion":
            attack = "jailbreak" if side == "prompt" else "indirect_attack"
            attacks[attack] = "attack" in text
            scores[attack] = 1.0 if attacks[attack] else 0.0
        return Findings(severities, scores, attacks)
