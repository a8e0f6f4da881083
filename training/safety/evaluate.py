"""Figures of a classifier on rows that nothing was trained or calibrated on."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from training.safety.data import Split, group, of_held_out_group
from training.safety.metrics import average_precision, caught_at, f1
from training.safety.rows import HARMS, Row, matrix
from zaffre.safety.classifier import MEDIUM, Findings, Side

Find = Callable[[str, Side], Findings]


class Judged(Struct, frozen=True):
    """Rows x harms and attack: scores; and what is blocked at medium, attacks last."""

    scores: NDArray[np.float64]
    blocked: NDArray[np.bool_]


class Category(Struct, frozen=True):
    name: str
    positives: int
    precision_area: float
    f1: float
    caught: float
    """Share of the positives that reach medium."""


class Figures(Struct, frozen=True):
    """Of public sources apart from lines of our own, whose templates were held out."""

    public: list[Category]
    authored: list[Category]
    any_harm: Category
    scary_blocked: float
    chat_blocked: float
    chats: int
    answer_blocked: float
    document_blocked: float
    """Of the same answers, as documents in a prompt."""
    answers: int
    attacks: dict[str, tuple[int, float, float]]
    """Family -> positives, caught with one long chat in a hundred flagged, caught at the shipped threshold."""
    groups: dict[str, tuple[int, float, bool]]
    """Group -> harmless identity rows, share of them blocked, whether the group was held out."""
    milliseconds: float
    """For a KB of chat, one core."""


def judged(find: Find, rows: Sequence[Row]) -> Judged:
    found = [find(row.text, "prompt") for row in rows]
    return Judged(
        np.array([[*(one.scores[harm] for harm in HARMS), one.scores["jailbreak"]] for one in found]).reshape(-1, 5),
        np.array(
            [[*(one.severities[harm] >= MEDIUM for harm in HARMS), one.detected["jailbreak"]] for one in found]
        ).reshape(-1, 5),
    )


def evaluate(find: Find, split: Split) -> Figures:
    rows, chats, answers = split.test, split.chat_test, split.answer_test
    labels, here = matrix(rows), judged(find, rows)
    chat = judged(find, chats)
    own = np.array([row.source.startswith("grammar") for row in rows])
    scary = np.array([row.source == "grammar_scary" for row in rows])
    public = [_category(harm, number, labels, here, ~own) for number, harm in enumerate(HARMS)]
    authored = [_category(harm, number, labels, here, own) for number, harm in enumerate(HARMS)]
    return Figures(
        public=public,
        authored=[each for each in authored if each.positives],
        any_harm=_any(labels, here),
        scary_blocked=_share(here.blocked[scary].any(axis=1)),
        chat_blocked=_share(chat.blocked.any(axis=1)),
        chats=len(chats),
        answer_blocked=_share(judged(find, answers).blocked.any(axis=1)),
        document_blocked=_share([find(row.text, "document").detected["indirect_attack"] for row in answers]),
        answers=len(answers),
        attacks=_attacks(rows, labels, here, chat),
        groups=_groups(rows, here),
        milliseconds=_milliseconds(find, chats or rows),
    )


def _share(said: Sequence[bool] | NDArray[np.bool_]) -> float:
    return float(np.mean(said)) if len(said) else float("nan")


def _category(name: str, number: int, labels: NDArray[np.int8], here: Judged, among: NDArray[np.bool_]) -> Category:
    known = (labels[:, number] >= 0) & among
    return _figures(name, labels[known, number] == 1, here.scores[known, number], here.blocked[known, number])


def _any(labels: NDArray[np.int8], here: Judged) -> Category:
    harms = labels[:, :4]
    known = (harms == 1).any(axis=1) | (harms == 0).all(axis=1)
    truth = (harms[known] == 1).any(axis=1)
    return _figures("any harm", truth, here.scores[known, :4].max(axis=1), here.blocked[known, :4].any(axis=1))


def _figures(name: str, truth: NDArray[np.bool_], scores: NDArray[np.float64], blocked: NDArray[np.bool_]) -> Category:
    return Category(
        name, int(truth.sum()), average_precision(truth, scores), f1(truth, blocked), _share(blocked[truth])
    )


def _attacks(
    rows: Sequence[Row], labels: NDArray[np.int8], here: Judged, chat: Judged
) -> dict[str, tuple[int, float, float]]:
    sources = np.array([row.source.removesuffix("_2") for row in rows])
    negatives = chat.scores[:, 4] if len(chat.scores) else here.scores[labels[:, 4] == 0, 4]
    found = {}
    for family in np.unique(sources[labels[:, 4] == 1]):
        mine = (sources == family) & (labels[:, 4] == 1)
        if mine.sum() >= 5:
            caught = caught_at(here.scores[mine, 4], negatives, 0.01)
            found[str(family)] = (int(mine.sum()), caught, float(here.blocked[mine, 4].mean()))
    return found


def _groups(rows: Sequence[Row], here: Judged) -> dict[str, tuple[int, float, bool]]:
    found: dict[str, tuple[int, float, bool]] = {}
    harmless = [
        (group(row.text), of_held_out_group(row), bool(here.blocked[number, :4].any()))
        for number, row in enumerate(rows)
        if row.source == "hatecheck" and row.labels.get("hate") == 0
    ]
    for name in sorted({name for name, _, _ in harmless if name}):
        mine = [(held, blocked) for whom, held, blocked in harmless if whom == name]
        found[name] = (len(mine), sum(blocked for _, blocked in mine) / len(mine), any(held for held, _ in mine))
    return found


def _milliseconds(find: Find, rows: Sequence[Row]) -> float:
    joint = " ".join(row.text for row in rows)
    pieces = [joint[start : start + 1024] for start in range(0, min(len(joint), 200_000) - 1023, 1024)] or [joint]
    for piece in pieces[:20]:
        find(piece, "prompt")
    begun = time.process_time()
    for piece in pieces:
        find(piece, "prompt")
    return (time.process_time() - begun) / len(pieces) * 1e3
