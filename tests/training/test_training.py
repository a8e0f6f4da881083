"""Training on a small set that is made here, without a harmful word."""

import random
from pathlib import Path

import numpy as np
import pytest

from training.safety.authored import swap
from training.safety.data import HELD_OUT_GROUPS, group, split
from training.safety.evaluate import evaluate
from training.safety.metrics import average_precision, caught_at, f1
from training.safety.report import page
from training.safety.rows import OUTPUTS, Row, matrix, pack, read
from training.safety.train import save, train
from zaffre.safety.local.classifier import LocalClassifier
from zaffre.safety.local.weights import Weights, load

MARKS = {"hate": "florble", "sexual": "wimbly", "violence": "grontish", "self_harm": "quastled", "jailbreak": "zindle"}
PLAIN = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    "and",
    "looked",
    "at",
    "rain",
    "over",
    "green",
    "hills",
    "while",
    "people",
    "went",
    "home",
    "from",
    "work",
]


def made(count: int, seed: int, source: str) -> list[Row]:
    """Rows that are positive where an invented word stands in them."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        output = OUTPUTS[number % len(OUTPUTS)] if chance.random() < 0.5 else None
        words = chance.choices(PLAIN, k=chance.randint(5, 25))
        if output:
            words.insert(chance.randrange(len(words)), MARKS[output])
        rows.append(Row(" ".join(words), {each: int(each == output) for each in OUTPUTS}, source, "CC0-1.0"))
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    pack(folder / "train-permissive.jsonl.gz", [*made(600, 1, "made"), *made(100, 2, "t0_p3")])
    pack(folder / "dev-permissive.jsonl.gz", made(300, 3, "made"))
    plain = [
        Row(" ".join(random.Random(seed).choices(PLAIN, k=120)), dict.fromkeys(OUTPUTS, 0), "chat")
        for seed in range(40)
    ]
    pack(folder / "dev-benign-chat.jsonl.gz", plain)
    return folder


@pytest.fixture(scope="module")
def weights(folder: Path) -> Weights:
    return train(split(folder, size=0.03), folder, lambda _: None, iterations=12)


def test_what_was_taught_is_found_in_rows_that_were_not(folder: Path, weights: Weights) -> None:
    figures = evaluate(LocalClassifier(weights).findings, split(folder, size=0.03))
    assert all(category.precision_area > 0.9 for category in figures.public)
    assert figures.chat_blocked < 0.1


def test_the_page_names_every_category(folder: Path, weights: Weights) -> None:
    text = page(evaluate(LocalClassifier(weights).findings, split(folder, size=0.03)))
    assert all(f"| {name} |" in text for name in ("hate", "sexual", "violence", "self-harm", "any harm"))


def test_training_again_gives_the_same_weights(folder: Path, weights: Weights, tmp_path: Path) -> None:
    save(train(split(folder, size=0.03), folder, lambda _: None, iterations=12), tmp_path / "weights.npz")
    again = load(tmp_path / "weights.npz")
    assert all(np.array_equal(getattr(again, name), getattr(weights, name)) for name in Weights.__struct_fields__)


def test_no_row_is_trained_on_and_reported(folder: Path) -> None:
    rows = split(folder, size=0.03)
    assert not {row.text for row in rows.test} & {row.text for row in rows.calibrate}
    assert {row.source for row in rows.test} > {"made"}


def test_a_source_kept_from_training_is_all_that_is_reported_on(folder: Path, tmp_path: Path) -> None:
    apart = made(40, 4, "apart") + made(40, 5, "apart_2")
    for name in ("train-permissive.jsonl.gz", "dev-permissive.jsonl.gz"):
        pack(tmp_path / name, [*read(folder / name), *apart[name.startswith("dev") :: 2]])
    rows = split(tmp_path, size=0.03, without=["apart"])
    assert {row.text for row in rows.test} == {row.text for row in apart}
    used = "\n".join(row.text for row in (*rows.train, *rows.calibrate))
    assert not [row.text for row in apart if row.text in used]


def test_a_source_without_rows_cannot_be_kept_from_training(folder: Path) -> None:
    with pytest.raises(ValueError, match="'unheard-of'"):
        split(folder, without=["unheard-of"])


def test_what_is_unknown_is_no_negative(tmp_path: Path) -> None:
    pack(tmp_path / "rows.jsonl.gz", [Row("a", {"hate": 1, "sexual": None}, "made")])
    assert matrix(read(tmp_path / "rows.jsonl.gz")).tolist() == [[1, -1, -1, -1, -1]]


def test_figures_are_those_of_the_books() -> None:
    truth, scores = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1])
    assert average_precision(truth, scores) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(truth, np.zeros(4)) == 0.5
    assert f1(truth, scores > 0.75) == 0.5
    assert caught_at(scores[truth], scores[~truth], 0.01) == 0.5


def test_another_group_takes_the_place_of_the_one_that_is_named() -> None:
    text = "The women next door know many women, and the weather is fine."
    others = {swap.swapped(text, random.Random(seed)) for seed in range(40)}
    assert swap.named(text)
    assert not swap.named("The weather is fine.")
    assert len(others) > 10
    for other in others:
        name = other.removeprefix("The ").partition(" next door")[0]
        assert other == text.replace("women", name)


def test_no_harmless_line_of_a_template_comes_to_name_a_group_that_is_held_out(folder: Path, tmp_path: Path) -> None:
    nothing: dict[str, int | None] = dict.fromkeys(OUTPUTS, 0)
    templates = [Row(f"I met lesbians and {word}.", nothing, "hatecheck") for word in PLAIN]
    pack(tmp_path / "train-permissive.jsonl.gz", [*read(folder / "train-permissive.jsonl.gz"), *templates])
    pack(tmp_path / "dev-permissive.jsonl.gz", read(folder / "dev-permissive.jsonl.gz"))
    swapped = [row.text for row in split(tmp_path, size=0.03).train if row.source == "swapped"]
    met = [text for text in swapped if text.startswith("I met")]
    assert met
    assert not [text for text in met if group(text) in HELD_OUT_GROUPS]
