"""Hashed n-grams of a folded text, counted without a loop: words 1 to 3, characters 3 to 5 within words.

A word's hash is a polynomial in its code points, taken from one running sum over the text; an n-gram of characters is
a multilinear hash of its code points. The topmost bits choose the bucket.
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Points = NDArray[np.uint64]
Hashes = NDArray[np.uint64]
Places = NDArray[np.intp]

BITS: Final = 18
BUCKETS: Final = 1 << BITS
"""Of words, and as many again of characters."""
LONGEST: Final = 8192
"""Code points that one call takes."""
SHRINK: Final = 24.0
"""Added to the squared length of a text's weights: few words are little evidence, whatever they are."""

_SHIFT: Final = np.uint64(64 - BITS)
_ODD: Final = np.random.default_rng(20).integers(0, 1 << 63, 16, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_BASE, -1, 1 << 64)


def _powers(base: int) -> NDArray[np.uint64]:
    return np.cumprod(np.full(LONGEST + 2, base, dtype=np.uint64), dtype=np.uint64)


_POWERS: Final = _powers(_BASE)
_INVERSES: Final = _powers(_INVERSE)
_LETTER: Final = np.array([chr(point).isalnum() or point in (39, 95) or point >= 128 for point in range(256)])
_SPACE: Final = 32


class Grams(Struct, frozen=True):
    """Those of one text: their buckets, those of characters after BUCKETS, and where in the text each begins.

    `order`: hashes of its words in turn."""

    buckets: NDArray[np.uint32]
    places: NDArray[np.intp]
    order: Hashes


def grams(text: str) -> Grams:
    """The n-grams of a folded text of at most LONGEST code points."""
    points = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    letter = _LETTER.take(points.view(np.int64), mode="clip")
    turns = (letter[1:] != letter[:-1]).nonzero()[0] + 1
    # The text stands between two spaces, so that every word has a start and an end.
    starts, ends = turns[0::2], turns[1::2]
    order = _word_hashes(points, starts, ends)
    words, word_places = _words(order, starts)
    characters, character_places = _characters(points)
    buckets = np.concatenate([words, characters + np.uint32(BUCKETS)])
    return Grams(buckets, np.concatenate([word_places, character_places]), order)


def _word_hashes(points: Points, starts: Places, ends: Places) -> Hashes:
    running = np.zeros(len(points) + 1, dtype=np.uint64)
    ((points + np.uint64(1)) * _POWERS[: len(points)]).cumsum(out=running[1:])
    hashes: Hashes = (running[ends] - running[starts]) * _INVERSES[starts] * _ODD[0]
    mixed: Hashes = hashes ^ (hashes >> np.uint64(29))
    return mixed


def pairs(order: Hashes) -> Hashes:
    """A hash for each two neighbouring words."""
    hashes: Hashes = (order[:-1] * _ODD[2] + order[1:] * _ODD[3]) * _ODD[6]
    return hashes


def _words(order: Hashes, starts: Places) -> tuple[NDArray[np.uint32], Places]:
    hashes, places = [order * _ODD[1]], [starts]
    if len(order) > 1:
        hashes.append(pairs(order))
        places.append(starts[:-1])
    if len(order) > 2:
        hashes.append((order[:-2] * _ODD[4] + order[1:-1] * _ODD[5] + order[2:] * _ODD[7]) * _ODD[8])
        places.append(starts[:-2])
    return (np.concatenate(hashes) >> _SHIFT).astype(np.uint32), np.concatenate(places)


def _characters(points: Points) -> tuple[NDArray[np.uint32], Places]:
    if len(points) < 5:
        points = np.concatenate([points, np.full(5 - len(points), _SPACE, dtype=np.uint64)])
    space = points == _SPACE
    three = points[:-2] * _ODD[9] + points[1:-1] * _ODD[10] + points[2:] * _ODD[11]
    four = three[:-1] + points[3:] * _ODD[12]
    five = four[:-1] + points[4:] * _ODD[13]
    # A space may begin or end an n-gram. Across it, pairs of words know more.
    in_three = ~space[1:-1]
    in_four = in_three[:-1] & in_three[1:]
    in_five = in_four[:-1] & in_three[2:]
    hashes = np.concatenate([three[in_three], four[in_four], five[in_five]])
    places = np.concatenate([in_three.nonzero()[0], in_four.nonzero()[0], in_five.nonzero()[0]])
    return (hashes >> _SHIFT).astype(np.uint32), places


def weighed(buckets: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """The buckets in order, once each, and how much each counts: of nearly length 1 together for words, and for
    characters."""
    found, amounts = counted(buckets)
    words = int(found.searchsorted(BUCKETS))
    for each in (amounts[:words], amounts[words:]):
        each /= np.float32(math.sqrt(each @ each + SHRINK))
    return found, amounts


def counted(numbers: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """The numbers in order, once each, and the logarithm of one plus their count."""
    numbers = np.sort(numbers)
    edges = np.ones(len(numbers) + 1, dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=edges[1:-1])
    first = edges.nonzero()[0]
    return numbers[first[:-1]], np.log1p((first[1:] - first[:-1]).astype(np.float32))
