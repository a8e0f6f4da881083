"""Lines out of templates: `{slot}` is replaced by one of the slot's words until no slot is left."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Final

_SLOT: Final = re.compile(r"\{(\w+)\}")

Slots = Mapping[str, Sequence[str]]


def line(template: str, slots: Slots, chance: random.Random) -> str:
    """One line out of a template. A slot's word may hold slots."""
    while _SLOT.search(template):
        template = _SLOT.sub(lambda slot: chance.choice(slots[slot[1]]), template)
    return template


def lines(templates: Sequence[str], slots: Slots, count: int, chance: random.Random) -> list[tuple[str, str]]:
    """`count` lines that differ, as far as there are any, each with its template: a share of the templates, not of the
    lines, is what can be held out."""
    found: dict[str, str] = {}
    for turn in range(count * 3):
        template = templates[turn % len(templates)]
        found.setdefault(line(template, slots, chance), template)
        if len(found) == count:
            break
    return list(found.items())
