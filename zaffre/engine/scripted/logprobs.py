"""Log probabilities of scripted words: invented, plausible, always the same for the same word."""

from collections.abc import Sequence
from typing import Any, Final
from zlib import crc32

import msgspec
from msgspec import Raw

_OTHERS: Final = (
    " the", " a", " of", " and", " to", " in", " is", " it", " that", " for",
    " on", " with", " as", " at", " by", " or", " an", " be", " this", " from", " not",
)  # fmt: skip
"""What else might have been said."""


def chat_logprobs(words: Sequence[str], alternatives: int) -> Raw:
    """A choice's `logprobs` as chat has it, each word with so many alternatives."""
    content = [
        {**_token(word, _logprob(word)), "top_logprobs": [_token(*pair) for pair in _top(word, alternatives)]}
        for word in words
    ]
    return Raw(msgspec.json.encode({"content": content, "refusal": None}))


def text_logprobs(words: Sequence[str], alternatives: int, offset: int) -> Raw:
    """A choice's `logprobs` as text completion has it.

    Args:
        offset: characters of the choice that come before these words.
    """
    offsets = []
    for word in words:
        offsets.append(offset)
        offset += len(word)
    return Raw(
        msgspec.json.encode(
            {
                "tokens": words,
                "token_logprobs": [_logprob(word) for word in words],
                "top_logprobs": [dict(_top(word, alternatives)) for word in words],
                "text_offset": offsets,
            }
        )
    )


def _logprob(word: str) -> float:
    return -(1 + crc32(word.encode(errors="replace")) % 9_999) / 20_000


def _top(word: str, count: int) -> list[tuple[str, float]]:
    """The likeliest words, the one that was said first."""
    others = [other for other in _OTHERS if other != word]
    said = _logprob(word)
    return [(word, said), *((other, said - 1 - place / 2) for place, other in enumerate(others))][:count]


def _token(word: str, logprob: float) -> dict[str, Any]:
    return {"token": word, "logprob": logprob, "bytes": list(word.encode(errors="replace"))}
