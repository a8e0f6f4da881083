"""The grammars as rows, and the share of their templates that is held out."""

import base64
import codecs
import random
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from training.safety.authored import attack, daily, hate, identity, ordinary, scary, self_harm, sexual, violence
from training.safety.authored.grammar import Slots, lines
from training.safety.rows import OUTPUTS, Row, drawn

HELD_OUT: Final = 0.15
"""Share of the templates that no training sees."""
_NOTHING: Final[dict[str, int | None]] = dict.fromkeys(OUTPUTS, 0)


class Borrowed(Struct, frozen=True):
    """What the grammars take from the data: `term` for sexual words, `request` harmful, `task` harmless."""

    terms: Sequence[str]
    requests: Sequence[str]
    tasks: Sequence[str]


def authored(count: float, borrowed: Borrowed, seed: int) -> tuple[list[Row], list[Row]]:
    """About `count` lines of each template: those for training, those of held-out templates."""
    chance = random.Random(seed)
    requests = [request for request in borrowed.requests if len(request) < 400]
    kinds: list[tuple[str, Sequence[str], Slots, Mapping[str, int | None]]] = [
        ("self_harm", self_harm.POSITIVE, self_harm.SLOTS, _NOTHING | {"self_harm": 1, "violence": None}),
        ("self_harm_benign", self_harm.NEGATIVE, self_harm.SLOTS, _NOTHING),
        ("violence", violence.POSITIVE, violence.SLOTS, _NOTHING | {"violence": 1, "hate": None}),
        ("violence_benign", violence.NEGATIVE, violence.SLOTS, _NOTHING),
        ("sexual", sexual.POSITIVE, sexual.SLOTS | {"term": borrowed.terms}, _NOTHING | {"sexual": 1, "hate": None}),
        ("sexual_benign", sexual.NEGATIVE, sexual.SLOTS, _NOTHING),
        (
            "attack",
            attack.POSITIVE,
            attack.SLOTS | _asked(requests, borrowed.tasks, chance),
            _UNKNOWN | {"jailbreak": 1},
        ),
        ("attack_benign", attack.NEGATIVE, attack.SLOTS | _asked(requests, borrowed.tasks, chance), _NOTHING),
        ("hate", hate.POSITIVE, hate.SLOTS, _NOTHING | {"hate": 1, "violence": None}),
        ("identity", identity.NEGATIVE, identity.SLOTS, _NOTHING),
        ("ordinary", ordinary.NEGATIVE, ordinary.SLOTS, _NOTHING),
        ("scary", scary.NEGATIVE, scary.SLOTS, _NOTHING),
        ("daily", daily.NEGATIVE, daily.SLOTS, _NOTHING),
    ]
    taught: list[Row] = []
    held: list[Row] = []
    for kind, templates, slots, labels in kinds:
        for text, template in lines(templates, slots, round(count * len(templates)), chance):
            row = Row(text, dict(labels), f"grammar_{kind}", "Apache-2.0")
            (held if drawn(template, HELD_OUT, "template") else taught).append(row)
    return taught, held


_UNKNOWN: Final[dict[str, int | None]] = dict.fromkeys(OUTPUTS, None)


def _asked(requests: Sequence[str], tasks: Sequence[str], chance: random.Random) -> dict[str, Sequence[str]]:
    return {
        "request": [_braceless(request) for request in requests],
        "task": [_braceless(task) for task in tasks],
        "encoded": [_encoded(request, chance) for request in requests],
        "innocent": [base64.b64encode(task[:120].encode()).decode() for task in tasks],
    }


def _braceless(text: str) -> str:
    # What is borrowed must not be taken for a slot.
    return text.replace("{", "(").replace("}", ")")


def _encoded(text: str, chance: random.Random) -> str:
    if chance.random() < 0.5:
        return base64.b64encode(text.encode()).decode()
    return _braceless(codecs.encode(text, "rot13"))
