"""A second opinion beside the n-grams: asked only where they see something, on the plain text, mixed by factors."""

import subprocess
import sys

import numpy as np
import pytest

from zaffre.safety.classifier import Side
from zaffre.safety.local.classifier import LocalClassifier
from zaffre.safety.local.logits import Seen
from zaffre.safety.local.second import Second

FACTORS = np.array([[0.5, 0.5, 0.0]] * 5, dtype=np.float32)
CUTS = np.array([[0.2, 0.5, 0.8]] * 4, dtype=np.float32)


class Asked:
    """An opinion that is always the same, and remembers what it was asked."""

    def __init__(self, logit: float) -> None:
        self._logit = logit
        self.texts: list[str] = []

    def __call__(self, text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        self.texts.append(text)
        return np.full(5, self._logit, dtype=np.float32)


def second(asked: Asked) -> LocalClassifier:
    return LocalClassifier(second=Second(asked, FACTORS, CUTS, np.array([0.5, 0.5], dtype=np.float32)))


def test_what_is_plainly_harmless_asks_nobody() -> None:
    asked = Asked(20)
    assert max(second(asked).findings("Please sort these names by their length.", "prompt").severities.values()) < 4
    assert asked.texts == []


def test_its_word_counts_where_something_is_seen() -> None:
    text = "I am going to hurt my neighbor tonight"
    high, low = Asked(20), Asked(-20)
    assert second(high).findings(text, "prompt").severities["violence"] == 6
    assert second(low).findings(text, "prompt").severities["violence"] == 0
    assert high.texts == low.texts == [text.lower()]


@pytest.mark.parametrize(
    ("attack", "sides"), [(-4.0, set()), (-1.0, {"document"}), (2.5, {"prompt", "document"})], ids=["1%", "27%", "92%"]
)
def test_it_is_asked_of_an_attack_where_its_word_could_count(attack: float, sides: set[str]) -> None:
    seen = Seen(["text"], [], 0, np.full((1, 4), -5.0, dtype=np.float32), attack)
    opinion = Second(Asked(0), FACTORS, CUTS, np.array([0.5, 0.5], dtype=np.float32))
    every: tuple[Side, ...] = ("prompt", "completion", "document")
    assert {side for side in every if opinion.wanted(seen, side)} == sides


def test_rules_stand_above_its_word() -> None:
    assert second(Asked(-20)).findings("I can't go on and I want to die", "prompt").severities["self_harm"] == 4


async def test_it_is_asked_alike_with_and_without_waiting() -> None:
    text = "I am going to hurt my neighbor tonight. " * 300
    once, waiting = Asked(1), Asked(1)
    assert await second(waiting).classify(text, "prompt") == second(once).findings(text, "prompt")
    assert waiting.texts == once.texts


def test_nothing_of_it_is_imported_for_the_port_alone() -> None:
    lines = "import sys, zaffre.safety.classifier; print({'numpy', 'onnxruntime'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"


def test_onnxruntime_is_not_imported_for_the_filter_without_it() -> None:
    lines = "import sys, zaffre.safety.local.classifier as c; c.LocalClassifier(); print('onnxruntime' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False"
