"""A classifier behind HTTP that takes texts at their word: `hate 0.9` is hate with that score."""

import re
from contextlib import AbstractContextManager

from tests.json_server import json_server

SOUGHT = ("hate", "sexual", "violence", "self_harm", "jailbreak", "indirect_attack")
CLASSIFIERS = """\
classifiers:
  words:
    type: http
    base_url: URL
    timeout: 30
    scores: {hate: hate, sexual: sexual, violence: violence, self_harm: self_harm, jailbreak: jailbreak,
             indirect_attack: indirect_attack}
combination: {order: [words]}
"""
"""What a configuration says of it."""


def word_server() -> AbstractContextManager[str]:
    """Its address."""
    return json_server(_scores)


def _scores(asked: dict[str, str]) -> dict[str, float]:
    said = re.findall(r"(\w+) ([01]\.\d+)", asked["text"])
    return dict.fromkeys(SOUGHT, 0.0) | {name: float(score) for name, score in said}
