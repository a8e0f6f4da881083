"""A model's harmless answers: asked for, kept, and divided by topic."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.json_server import json_server
from training.safety import ask
from training.safety.answers import ANSWER, FILE, Answer, answers
from training.safety.calibrate import severity_cuts
from training.safety.rows import OUTPUTS, unpack


def backwards(asked: dict[str, Any]) -> dict[str, Any]:
    """The prompt backwards, and nothing to one in ten of them."""
    prompt = asked["messages"][-1]["content"]
    said = "" if len(prompt) % 10 == 0 else prompt[::-1]
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    return {"id": "a", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [choice]}


def test_what_a_model_says_is_kept_beside_its_topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "answers.jsonl.gz"
    with json_server(backwards) as url:
        options = ["--url", url, "--key", "k", "--model", "m", "--count", "60", "--out", str(out)]
        monkeypatch.setattr("sys.argv", ["ask", *options])
        ask.main()
    found = unpack(out, Answer)
    assert 40 < len(found) < 60
    assert all(answer.text == answer.prompt[::-1] for answer in found)
    assert all(answer.topic in answer.prompt for answer in found)


def test_every_topic_is_asked_about_in_every_way() -> None:
    asked = ask.prompts(random.Random(1))
    assert {topic for topic, _ in asked} >= {"beaches", "women's suffrage", "Hello!"}
    assert len({prompt for topic, prompt in asked if topic == "beaches"}) == 16


def test_topics_are_either_taught_or_reported_on() -> None:
    taught, held = answers()
    topic = {answer.text: answer.topic for answer in unpack(FILE, Answer)}
    assert len(taught) > len(held) > 100
    assert not {topic[row.text] for row in taught} & {topic[row.text] for row in held}
    assert {row.source for row in (*taught, *held)} == {ANSWER}
    assert all(row.labels == dict.fromkeys(OUTPUTS, 0) for row in held)


def test_a_cut_spares_nearly_all_answers() -> None:
    chance = np.random.default_rng(1)
    sources = np.array([ANSWER] * 300 + ["made"] * 300)
    labels = np.array([0] * 300 + [0, 1] * 150, dtype=np.int8)
    highest = np.where(sources == ANSWER, 0.9, 0.6)
    probability = np.where(labels == 1, chance.uniform(0.3, 1, 600), chance.uniform(0, highest)).astype(np.float32)
    known, chat = np.ones(600, dtype=np.bool_), np.zeros(600, dtype=np.bool_)
    medium = severity_cuts(probability, labels, known, sources, chat)[1]
    assert (probability[sources == ANSWER] >= medium).mean() <= 0.01
    without = severity_cuts(probability, labels, known, np.array(["made"] * 600), chat)[1]
    assert without < medium
