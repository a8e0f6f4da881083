"""Harmless answers of a small model: prose as completions are made of, of which the data's sources have none."""

from pathlib import Path
from typing import Final

import msgspec

from training.safety.rows import OUTPUTS, Row, drawn, unpack

FILE: Final = Path(__file__).with_name("answers.jsonl.gz")
"""What SmolLM2-135M-Instruct said: mostly at temperature 0.8, a few times at 0.2. `ask` asks for others."""
ANSWER: Final = "answer"
"""The source of these rows."""
TAUGHT: Final = 0.6
"""Share of the topics that is trained on."""


class Answer(msgspec.Struct, frozen=True):
    topic: str
    prompt: str
    text: str


def answers(size: float = 1) -> tuple[list[Row], list[Row]]:
    """That share of the answers as rows: those to train on, and those on other topics."""
    taught: list[Row] = []
    held: list[Row] = []
    for answer in unpack(FILE, Answer):
        row = Row(answer.text, dict.fromkeys(OUTPUTS, 0), ANSWER, "Apache-2.0")
        if drawn(answer.text, size, "answers"):
            (taught if drawn(answer.topic, TAUGHT, "topic") else held).append(row)
    return taught, held
