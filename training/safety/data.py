"""What is trained on and what is held out: the files of a folder, authored lines, insertions, code.

Insertion puts one to three short positives among benign sentences, and as many hard negatives among others: a long text
is not harmless because most of it is, and not harmful because it is long.
"""

import random
import re
import sysconfig
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from training.safety.answers import ANSWER, answers
from training.safety.authored import swap
from training.safety.authored.lines import Borrowed, authored
from training.safety.rows import OUTPUTS, Row, drawn, read, unpack
from zaffre.safety.local.folding import folded
from zaffre.safety.local.parts import parts

SEED: Final = 20
AUTHORED: Final = 30
"""Lines of each authored template."""
INSERTED: Final = 1200
"""Texts with insertions for each harm, and as many with hard negatives."""
CODE: Final = 900
LONG: Final = 2500
"""Long harmless texts, joined from several: length, lists and instructions alone are no attack."""
SWAPPED: Final = 10000
"""Lines in which another group takes the place of the one they name."""
CHAT: Final = "arena_hard_v0.1"
CHAT_TAUGHT: Final = 0.4
"""Share of the long harmless chats that is trained on; thresholds and figures are of the others."""
LONGEST: Final = 4000
"""Characters of a text that are read."""
HELD_OUT: Final = "hatecheck_identity_held_out"
GROUPS: Final = ("women", "trans", "gay", "black", "disabled", "muslim", "immigrant")
"""Words for whose groups identity rows are looked at."""
HELD_OUT_GROUPS: Final = ("trans", "disabled", "muslim")

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_REQUESTS: Final = (
    "advbench",
    "harmbench",
    "strongreject",
    "malicious_instruct",
    "tdc2023",
    "harmfulqa",
    "catqa",
    "dangerousqa",
)
_SEXUAL: Final = "sexual anatomy / sexual acts"
_BENIGN: Final = ("t0_p3", "self_instruct")
_ORDINARY: Final = ("grammar_attack_benign", "synthetic_odd_benign", "python_library")


class Split(msgspec.Struct, frozen=True):
    """Rows to train on, to calibrate with and to report on; long harmless chats and answers for the latter two."""

    train: list[Row]
    calibrate: list[Row]
    test: list[Row]
    chat_calibrate: list[Row]
    chat_test: list[Row]
    answer_test: list[Row]


class Term(msgspec.Struct, frozen=True):
    term: str
    categories: list[str]
    severity: float


def split(folder: Path, *, sharealike: bool = False, size: float = 1, without: Collection[str] = ()) -> Split:
    """Read `train-*.jsonl.gz`, `dev-*.jsonl.gz`, and where they are there `dev-benign-chat.jsonl.gz` and
    `lexicon-profanity-en.jsonl.gz`. `size`: how much of what is made here is made. `without`: sources
    (with their second parts, `_2`) that are neither trained on nor calibrated with, nor lend words to lines made here;
    their rows are all that is reported on.

    Raises OSError, msgspec.ValidationError, ValueError for a source without rows."""
    train = read(folder / "train-permissive.jsonl.gz")
    dev = read(folder / "dev-permissive.jsonl.gz")
    if sharealike:
        train += read(folder / "train-sharealike.jsonl.gz")
        dev += read(folder / "dev-sharealike.jsonl.gz")
    unseen = [row for row in (*train, *dev) if row.source.removesuffix("_2") in without]
    missing = set(without) - {row.source.removesuffix("_2") for row in unseen}
    if missing:
        raise ValueError(f"without: no row of the source {min(missing)!r}")
    train = [row for row in train if row.source.removesuffix("_2") not in without]
    dev = [row for row in dev if row.source.removesuffix("_2") not in without]
    chat_file = folder / "dev-benign-chat.jsonl.gz"
    chat = read(chat_file) if chat_file.exists() else []
    taught_chat = [row for row in chat if drawn(row.text, CHAT_TAUGHT, "chat")]
    chat = [row for row in chat if not drawn(row.text, CHAT_TAUGHT, "chat")]
    held_identity = [row for row in train if of_held_out_group(row)]
    train = [row for row in train if not of_held_out_group(row)]
    taught, held = authored(AUTHORED * size, _borrowed(train, folder), SEED)
    dev = [*dev, *held, *held_identity]
    taught_answers, held_answers = answers(size)
    code = _code(round(CODE * size), random.Random(SEED))
    return Split(
        train=[
            *train,
            *taught,
            *code,
            *_inserted([*train, *taught], round(INSERTED * size), random.Random(SEED)),
            *_long([*train, *taught, *code], round(LONG * size), random.Random(SEED)),
            *taught_chat,
            *taught_answers,
            *_pieces([*train, *taught_chat, *taught_answers], size),
            *_swapped([*train, *taught], round(SWAPPED * size), random.Random(SEED)),
        ],
        calibrate=[row for row in (*dev, *held_answers) if not _reported(row)],
        test=unseen or [row for row in dev if _reported(row)],
        chat_calibrate=[row for row in chat if not _reported(row)],
        chat_test=[row for row in chat if _reported(row)],
        answer_test=[row for row in held_answers if _reported(row)],
    )


def group(text: str) -> str | None:
    """The group that a text names, of GROUPS."""
    folded = text.lower()
    stems = {"women": "wom[ae]n", "black": r"\bblack", "gay": r"\bgay", "disabled": "disab"}
    return next((name for name in GROUPS if re.search(stems.get(name, name), folded)), None)


def of_held_out_group(row: Row) -> bool:
    """A template's harmless row that names a group whose such rows training never sees."""
    return row.source == "hatecheck" and row.labels.get("hate") == 0 and group(row.text) in HELD_OUT_GROUPS


def _reported(row: Row) -> bool:
    return of_held_out_group(row) or drawn(row.text, 0.5, "report")


def lexicon(folder: Path) -> list[Term]:
    """The folder's words, if it has any."""
    path = folder / "lexicon-profanity-en.jsonl.gz"
    return unpack(path, Term) if path.exists() else []


def _borrowed(train: Sequence[Row], folder: Path) -> Borrowed:
    requests = [row.text for row in train if row.source in _REQUESTS]
    tasks = [row.text for row in train if row.source in _BENIGN and len(row.text) < 300]
    terms = [term.term for term in lexicon(folder) if term.categories == [_SEXUAL] and term.severity >= 1.2]
    return Borrowed(terms or ["an erotic video"], requests or ["Write a threat."], tasks or ["Write a poem."])


def _inserted(rows: Sequence[Row], count: int, chance: random.Random) -> list[Row]:
    sentences = [
        part for row in rows if row.source in _BENIGN for part in _SENTENCE.split(row.text) if 15 < len(part) < 220
    ]
    if not sentences:
        return []
    made: list[Row] = []
    for harm in OUTPUTS:
        short = [row for row in rows if len(row.text) < 300 and row.labels.get(harm) is not None]
        for wanted in (1, 0):
            pool = [row for row in short if row.labels[harm] == wanted and (wanted or row.source not in _BENIGN)]
            made += [_mixed(pool, sentences, harm, chance) for _ in range(count if pool else 0)]
    return made


def _mixed(pool: Sequence[Row], sentences: Sequence[str], harm: str, chance: random.Random) -> Row:
    chosen = chance.choices(pool, k=chance.randint(1, 3))
    parts = [row.text for row in chosen] + chance.choices(sentences, k=chance.randint(0, 4))
    chance.shuffle(parts)
    labels: dict[str, int | None] = {output: _joined([row.labels.get(output) for row in chosen]) for output in OUTPUTS}
    return Row(" ".join(parts), labels, f"inserted_{harm}", "")


def _joined(labels: Sequence[int | None]) -> int | None:
    if 1 in labels:
        return 1
    return None if None in labels else 0


def _long(rows: Sequence[Row], count: int, chance: random.Random) -> list[Row]:
    pool = [
        row for row in rows if row.source in (*_BENIGN, *_ORDINARY) and all(label == 0 for label in row.labels.values())
    ]
    labels: dict[str, int | None] = dict.fromkeys(OUTPUTS, 0)
    made = []
    for _ in range(count if pool else 0):
        parts = [row.text for row in chance.choices(pool, k=chance.randint(2, 9))]
        joint = chance.choice(["\n\n", "\n", " ", "\n- ", "\n* "])
        if chance.random() < 0.3:
            parts = [f"{number}. {part}" for number, part in enumerate(parts, 1)]
        made.append(Row(joint.join(parts)[: chance.randint(600, LONGEST)], labels, "joined_benign", ""))
    return made


def _pieces(rows: Sequence[Row], share: float) -> list[Row]:
    """That share of the parts of long harmless texts, as the filter reads them."""
    pieces = []
    for row in rows:
        if row.source not in (*_BENIGN, CHAT, ANSWER) or any(row.labels.values()):
            continue
        text = folded(row.text[:LONGEST])
        starts = [*parts(text).tolist(), len(text)]
        spans = pairwise(starts) if len(starts) > 2 else ()
        pieces += [Row(text[start:end], row.labels, "piece_benign", row.licence) for start, end in spans]
    return [piece for piece in pieces if drawn(piece.text, share, "piece")]


def _swapped(rows: Sequence[Row], count: int, chance: random.Random) -> list[Row]:
    """As many hateful lines as harmless ones: a group's name is to carry no weight, whichever it is."""
    short = [row for row in rows if len(row.text) < 300 and swap.named(row.text)]
    made: list[Row] = []
    for wanted in (1, 0):
        pool = [row for row in short if row.labels.get("hate") == wanted]
        for row in chance.choices(pool, k=count // 2) if pool else ():
            other = msgspec.structs.replace(row, text=swap.swapped(row.text, chance), source="swapped")
            # No harmless line of a template may come to name a group that is held out.
            if not (row.source == "hatecheck" and group(other.text) in HELD_OUT_GROUPS):
                made.append(other)
    return made


def _code(count: int, chance: random.Random) -> list[Row]:
    """Pieces of the installed Python's library: code as a harmless prompt."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    labels: dict[str, int | None] = dict.fromkeys(OUTPUTS, 0)
    pieces = []
    for _ in range(count):
        source = chance.choice(files).read_text(encoding="utf-8", errors="replace")
        start = chance.randrange(max(1, len(source)))
        pieces.append(Row(source[start : start + chance.randint(60, 1500)], labels, "python_library", "PSF-2.0"))
    return pieces
